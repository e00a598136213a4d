"""No address that is not for the public is ever connected to (the `ssrf` corpora)."""

import contextlib
import ipaddress
import socket

import pytest
from pytest_django import Settings

from conversations.adapters import client, guard
from tests.channels_sms.corpora import cases


@pytest.mark.corpora
def test_hosts_of_the_corpora_are_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a name leads to is looked at: here the literal ones, and names as loopback."""
    settings.OMNIHUB_ALLOW_HOSTS = []
    reached: list[str] = []
    monkeypatch.setattr(socket, "create_connection", lambda to, *_: reached.append(to[0]))
    wrong = []
    for case in cases("ssrf"):
        if case["allowed"] is not False:
            continue
        if "ip" in case or "network" in case:
            network = ipaddress.ip_network(case.get("ip") or case["network"], strict=False)
            ends = {network[0], network[-1]}
            wrong += [str(one) for one in ends if guard.is_public(one)]
            continue
        url = case.get("url") or f"http://{case['host']}/"
        with contextlib.suppress(Exception):  # any refusal will do; what counts is where it went
            client.Session(seconds=2).get(url)
        wrong += [f"{url}: {one}" for one in reached if not guard.is_public(_ip(one))]
        reached.clear()
    assert wrong == []


def _ip(address: str) -> guard.Ip:
    return ipaddress.ip_address(address)
