"""What lies on the disk is for its owner; what an admin types leads to public hosts alone."""

import json
import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from conversations.adapters import guard
from conversations.models import Blob
from omnihub.management.commands.prepare import keep_private


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


@pytest.mark.django_db
def test_files_of_customers_are_their_keepers_alone(
    settings: Settings, tmp_path: Path, open_umask: None
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    blob = Blob.objects.keep(b"x" * 100_000)
    assert blob.path.stat().st_mode & 0o077 == 0
    folders = [f for f in blob.path.parents if f.is_relative_to(settings.MEDIA_ROOT)]
    assert len(folders) == 4
    assert not [folder for folder in folders if folder.stat().st_mode & 0o077]


def test_so_is_mail_with_links_to_passwords(settings: Settings, tmp_path: Path) -> None:
    settings.OMNIHUB_DATA = tmp_path
    settings.MEDIA_ROOT, settings.EMAIL_FILE_PATH = tmp_path / "files", str(tmp_path / "mail")
    (tmp_path / "mail").mkdir(mode=0o755)
    keep_private()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("files", "mail")] == [0o700] * 2


@pytest.mark.parametrize(
    "wrapped",
    [
        "127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "::7f00:1", "fec0::1", "fe80::1", "fd00::1", "::",
        "::1", "0.1.2.3", "192.0.0.192", "100.64.0.1", "169.254.169.254", "224.0.0.1", "ff02::1",
        "255.255.255.255", "240.0.0.1", "192.168.0.1", "172.16.0.1", "10.0.0.1", "198.18.0.1",
    ],
)  # fmt: skip
def test_no_wrapped_address_is_public(wrapped: str) -> None:
    assert not guard.is_public(ip_address(wrapped))


@pytest.mark.parametrize("typed", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0x0"])
def test_no_other_way_to_write_a_number_is(typed: str, settings: Settings) -> None:
    settings.OMNIHUB_ALLOW_HOSTS = []
    with pytest.raises((guard.Blocked, socket.gaierror)):
        guard.resolve_public(typed, 25)


def test_connects_to_what_was_checked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time is not asked a second time."""
    settings.OMNIHUB_ALLOW_HOSTS = []
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    tried: list[str] = []

    def asked(host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(to: tuple[str, int], _timeout: float) -> None:
        tried.append(to[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        guard.connect("rebinding.example", 25)
    assert tried == ["93.184.216.34"]


def corpus() -> list[str]:
    """Hosts and addresses that other projects' guards refuse, as far as they need no names."""
    root = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere") / "ssrf"
    cases = [
        case
        for path in sorted(root.glob("*.json"))
        for case in json.loads(path.read_text())["cases"]
    ]
    hosts = [_host(case) for case in cases if case.get("allowed") is False]
    return [host for host in hosts if host and not host[-1].isalpha()]


def _host(case: dict[str, str]) -> str:
    if "network" in case:
        return str(ip_network(case["network"])[0])
    try:
        return case.get("ip") or case.get("host") or urlsplit(case.get("url", "")).hostname or ""
    except ValueError:
        return ""


@pytest.mark.corpora
def test_what_others_refuse_is_refused(settings: Settings) -> None:
    settings.OMNIHUB_ALLOW_HOSTS = []
    hosts = corpus()
    assert len(hosts) > 40
    passed = []
    for host in hosts:
        try:
            guard.resolve_public(host.strip("[]"), 25)
        except (guard.Blocked, socket.gaierror):
            continue
        passed.append(host)
    assert not passed
