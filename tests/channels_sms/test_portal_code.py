"""A code of the portal's by text: to whoever wrote from that number, and wants texts."""

import re
from datetime import time, timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from channels_sms.models import SmsAccount
from conversations.models import Channel
from portal import codes, limits
from portal.models import Knock
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import ANA, write

pytestmark = pytest.mark.django_db


def test_a_code_comes_by_text_and_never_after_stop(
    texts: Channel, gateway: Gateway, client: Client, settings: Settings
) -> None:
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "portal.adapter.PortalAdapter"]
    # its asker waits for it: no hour is too early
    SmsAccount.objects.update(quiet_from=time(0), quiet_until=time(23, 59, 59))
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


def test_codes_by_text_are_few_for_a_number_and_for_the_house(
    texts: Channel, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "portal.adapter.PortalAdapter"]
    write(texts, "Where is it?")

    def knock(number: str) -> str:
        answered = client.post("/p/", {"address": number})
        Knock.objects.update(created_at=F("created_at") - limits.WINDOW)
        return "" if answered.status_code == 302 else answered.content.decode()

    assert [knock(ANA) for _ in range(4)] == [""] * 4
    assert "Nothing more is sent there today" in knock(ANA)
    Knock.objects.update(created_at=Now() - timedelta(minutes=5), about="another number")
    monkeypatch.setattr(limits, "TEXTS_PER_HOUR", 5)
    assert knock("+15005550123") == ""  # nobody's: it is not sent, and does not count
    assert knock(ANA) == ""
    assert "Use your e-mail address" in knock(ANA)
    assert "Use your e-mail address" in knock("+15005550124")
    Knock.objects.update(created_at=Now() - limits.HOUR)
    assert knock(ANA) == ""
