"""A code of the portal's by text: to whoever wrote from that number, and wants texts."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from channels_sms.models import SmsAccount
from conversations.models import Channel
from portal import codes
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import ANA, write

pytestmark = pytest.mark.django_db


def test_a_code_comes_by_text_and_never_after_stop(
    texts: Channel, gateway: Gateway, client: Client, settings: Settings
) -> None:
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "portal.adapter.PortalAdapter"]
    SmsAccount.objects.update(quiet_from=None, quiet_until=None)
    write(texts, "Where is it?")
    where = client.post("/p/", {"address": ANA}).headers["Location"]
    assert codes.sweep() == 1
    [(_method, _path, _headers, fields)] = gateway.asked
    assert dict(fields)["To"] == ANA
    code = re.search(r"\d{6}", dict(fields)["Body"])
    assert code
    assert client.post(where, {"code": code.group()}).status_code == 302
    assert "Where is it?" in client.get("/p/").content.decode()
    write(texts, "STOP")
    client.post("/p/", {"address": ANA})
    assert codes.sweep() == 0
    assert len(gateway.asked) == 1
