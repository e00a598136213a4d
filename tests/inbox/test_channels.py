"""The composer's channel menu: every channel is there, and the server refuses what it refuses."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.adapters.base import Available, Unavailable
from conversations.models import Agent, Case, Channel, Delivery, DeliveryState, Draft, Team
from tests.paper import OWN, PROVIDER, FastPaperAdapter
from tests.people import make_channel, receive

pytestmark = pytest.mark.django_db

DANA = "dana@hey.example"


@pytest.fixture
def fast(team: Team) -> Channel:
    """A second channel, without subjects of its own."""
    return make_channel(team, name="fast", kind="fast")


@pytest.fixture
def case(support: Channel, fast: Channel, priya: Agent) -> Case:
    Agent.objects.update(undo_seconds=0)
    return receive(support, DANA, subject="Pro 2").case


def say(desk: Client, case: Case, **fields: Any) -> Any:
    known = {"kind": "message", "text": "Hi", "client_id": str(uuid.uuid4()), "to": DANA}
    return desk.post(f"/inbox/c/{case.pk}/messages", {**known, **fields})


def menu(desk: Client, case: Case) -> str:
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    return page[page.index('id="reply-on"') : page.index('id="composer-problem"')]


def test_every_channel_is_listed_with_whom_it_reaches(
    desk: Client, case: Case, fast: Channel
) -> None:
    Channel.objects.filter(pk=fast.pk).update(is_active=False)
    shown = menu(desk, case)
    assert f"{DANA}, used last" in shown
    assert "This channel is switched off." in shown


def test_what_the_menu_refuses_the_server_refuses(
    desk: Client, case: Case, fast: Channel, support: Channel
) -> None:
    PROVIDER.unreachable = {DANA}
    assert f"{DANA} does not want these messages." in menu(desk, case)
    for channel in (fast, support):
        assert say(desk, case, channel=channel.pk).status_code == 422
    assert not Delivery.objects.exists()


def test_the_default_is_what_the_customer_used_last_where_it_still_reaches_them(
    desk: Client, case: Case, fast: Channel
) -> None:
    receive(fast, DANA, "And one more thing")
    assert f'value="{fast.pk}" checked' in menu(desk, case)
    Channel.objects.filter(pk=fast.pk).update(is_active=False)
    assert f'value="{fast.pk}" checked' not in menu(desk, case)


def test_the_menu_follows_what_happens(desk: Client, case: Case, fast: Channel) -> None:
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    (revision,) = re.findall(r'data-revision="(\d+)"', page)[:1]
    receive(fast, DANA, "And one more thing")
    PROVIDER.unreachable = {DANA}
    around = desk.get(f"/inbox/c/{case.pk}/changes", {"after": revision}).json()["around"]
    fresh = around[around.index('id="channels"') :]
    assert fresh.count(f"{DANA} does not want these messages.") == 2


def test_without_scripts_another_channel_finds_its_own_recipients(
    desk: Client, case: Case, fast: Channel, support: Channel
) -> None:
    """The envelope still holds what fitted the first."""
    said = {"channel": fast.pk, "for_channel": support.pk, "to": "nobody@else.example"}
    say(desk, case, subject="Re: Pro 2", **said)
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.recipients.get().address) == (fast, DANA)
    say(desk, case, channel=fast.pk, for_channel=fast.pk, to="boss@hey.example")
    assert Delivery.objects.latest("pk").recipients.get().address == "boss@hey.example"


def test_a_draft_for_another_channel_forgets_the_first_ones_envelope(
    desk: Client, case: Case, fast: Channel, support: Channel
) -> None:
    fields = {"kind": "message", "text": "Hi", "text_version": "0", "to": OWN}
    where = f"/inbox/c/{case.pk}/drafts"
    desk.post(where, {**fields, "channel": fast.pk, "for_channel": support.pk})
    assert Draft.objects.get().fields == {"channel": fast.pk}
    assert f'value="{fast.pk}" checked' in menu(desk, case)


def test_what_is_only_too_early_can_be_put_off(
    desk: Client, case: Case, fast: Channel, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = (timezone.now() + timedelta(hours=9)).replace(microsecond=0)

    def quiet(*_: Any, at: Any, **__: Any) -> Available | Unavailable:
        params = {"until": "08:00", "place": "Denver"}
        return Available() if at >= end else Unavailable(code="q", params=params, until=end)

    monkeypatch.setattr(FastPaperAdapter, "availability", quiet)
    assert "Send at 08:00" in menu(desk, case)
    assert say(desk, case, channel=fast.pk).status_code == 422
    value = f"{fast.pk} {end.isoformat()}"
    assert say(desk, case, channel=support.pk, for_channel=support.pk, later_on=value)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.channel, delivery.due_at) == (DeliveryState.HELD, fast, end)
    say(desk, case, channel="", for_channel="", to="", later_on=value)  # no channel to start with
    assert list(fast.deliveries.values_list("recipients__address", flat=True)) == [DANA] * 2
