from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.adapters.base import Step
from conversations.models import Agent, Channel, ChannelTest, Team
from conversations.services import connection
from tests.admin.conftest import WiredPaper, said
from tests.people import make_channel, receive

LIST = "/admin/conversations/channel/"


def url(channel: Channel, page: str) -> str:
    return f"{LIST}{channel.pk}/{page}/"


def test_lists_each_channel_with_its_health(admin: Client, team: Team, support: Channel) -> None:
    support.note_contact()
    failing = make_channel(team, name="billing")
    failing.note_trouble("login_failed", "no such user")
    paused = make_channel(team, name="jobs")
    Channel.objects.filter(pk=paused.pk).update(is_active=False)
    make_channel(team, name="fresh")
    make_channel(team, name="gone", kind="telex")
    page = admin.get(LIST).content.decode()
    for word in ("Healthy", "Failing", "Paused", "Not set up", "Not installed", "telex"):
        assert word in page
    colours = [f"bg-{colour}-100 text" for colour in ("green", "red", "blue")]
    Agent.objects.update(language="es")
    in_spanish = admin.get(LIST).content.decode()
    assert "Bien" in in_spanish
    assert [in_spanish.count(one) for one in colours] == [page.count(one) for one in colours]
    assert all(one in in_spanish for one in colours)


def test_counts_what_arrived_in_the_last_day(admin: Client, support: Channel, lena: Agent) -> None:
    from conversations.models import Delivery
    from tests.people import answer

    case = receive(support, "dana@mail.example").case
    answer(case, lena)
    answer(case, lena)
    assert " %" not in admin.get(LIST).content.decode()
    first, second = Delivery.objects.order_by("id")
    Delivery.objects.filter(pk=first.pk).update(state="sent")
    Delivery.objects.filter(pk=second.pk).update(state="failed")
    assert "50 % of 2" in admin.get(LIST).content.decode()


def test_costs_the_same_for_one_channel_and_ten(
    admin: Client, team: Team, support: Channel, django_assert_max_num_queries: Any
) -> None:
    admin.get(LIST)
    for n in range(9):
        make_channel(team, name=f"box-{n}")
    with django_assert_max_num_queries(14):
        admin.get(LIST)


def test_asks_for_the_kind_first(admin: Client) -> None:
    page = admin.get(LIST + "add/").content.decode()
    assert "?kind=paper" in page
    assert "?kind=fast" in page


def test_adds_a_channel_and_offers_the_test(admin: Client, team: Team) -> None:
    form = {
        "label": "Help",
        "name": "help",
        "team": team.pk,
        "reply_target": "15",
        "language": "es",
    }
    answer = admin.post(LIST + "add/?kind=fast", form)
    channel = Channel.objects.get()
    assert (channel.kind, channel.reply_target.total_seconds()) == ("fast", 900)
    assert answer["Location"] == url(channel, "test")


def test_a_crafted_kind_adds_nothing(admin: Client, team: Team) -> None:
    form = {"label": "x", "name": "x", "team": team.pk, "reply_target": "1", "language": "en"}
    admin.post(LIST + "add/?kind=telex", form)
    assert not Channel.objects.exists()


def test_shows_the_webhook_address_of_the_house(
    admin: Client, support: Channel, settings: pytest.FixtureRequest
) -> None:
    settings.OMNIHUB_URL = "https://hub.example"  # type: ignore[attr-defined]
    page = admin.get(url(support, "change"), headers={"host": "localhost"}).content.decode()
    assert f"https://hub.example/hooks/paper/{support.key}/raw" in page


def test_a_kind_that_is_not_installed_is_shown_but_not_edited(admin: Client, team: Team) -> None:
    gone = make_channel(team, name="gone", kind="telex")
    assert "not installed" in admin.get(url(gone, "change")).content.decode()
    form = {"label": "x", "name": "x", "team": team.pk, "reply_target": "1", "language": "en"}
    assert admin.post(url(gone, "change"), form).status_code == 403


def test_pausing_takes_a_yes(admin: Client, support: Channel) -> None:
    for attempt in (admin.get(url(support, "pause")), admin.post(url(support, "pause"))):
        assert attempt.status_code == 200
        support.refresh_from_db()
        assert support.is_active
    admin.post(url(support, "pause"), {"yes": "1"})
    support.refresh_from_db()
    assert not support.is_active
    admin.post(url(support, "pause"), {"yes": "1"})
    support.refresh_from_db()
    assert support.is_active


def test_removing_takes_the_name_typed(admin: Client, support: Channel) -> None:
    admin.post(url(support, "remove"), {"yes": "1", "typed": "suport"})
    assert Channel.objects.exists()
    admin.post(url(support, "remove"), {"yes": "1", "typed": "support"})
    assert not Channel.objects.exists()


def test_a_channel_with_traffic_stays_and_can_be_paused(admin: Client, support: Channel) -> None:
    receive(support, "dana@mail.example")
    answer = admin.post(url(support, "remove"), {"yes": "1", "typed": "support"}, follow=True)
    assert Channel.objects.exists()
    assert "You can pause it instead" in said(answer)[0]
    assert admin.post(f"{LIST}{support.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_new_webhook_address_ends_the_old_one(admin: Client, support: Channel) -> None:
    before = support.key
    admin.post(url(support, "renew"), {"yes": "1", "typed": "support"})
    support.refresh_from_db()
    assert support.key != before


def test_the_log_names_what_came_and_why_it_was_set_aside(admin: Client, support: Channel) -> None:
    from conversations import receipts
    from conversations.services import intake

    intake.process(receipts.record(support, "odd-1", b"not json").pk)
    page = admin.get(url(support, "change")).content.decode()
    assert "odd-1" in page
    assert "Quarantined" in page


STEPS = [
    Step(code="dns", ok=True, seconds=0.1),
    Step(code="login", ok=False, seconds=1.25, words="Refused <b>it</b>.", fix="no_login"),
]


def test_shows_each_step_of_a_test(admin: Client, support: Channel, lena: Agent) -> None:
    WiredPaper.STEPS = STEPS
    page = admin.post(url(support, "test"), follow=True).content.decode()
    assert "The login is refused." in page
    assert "Check the password." in page
    assert "Refused &lt;b&gt;it&lt;/b&gt;." in page
    test = ChannelTest.objects.get()
    assert (test.agent, test.passed, len(test.steps)) == (lena, False, 2)
    assert "Tested by Lena Brandt" in admin.get(url(support, "change")).content.decode()


def test_a_passed_test_is_a_good_contact(admin: Client, support: Channel) -> None:
    support.note_trouble("login_failed")
    WiredPaper.STEPS = STEPS[:1]
    page = admin.post(url(support, "test"), follow=True).content.decode()
    assert "Everything works" in page
    support.refresh_from_db()
    assert (support.trouble_code, support.last_contact_at is None) == ("", False)


def test_a_crash_is_told_without_what_it_carried(admin: Client, support: Channel) -> None:
    WiredPaper.STEPS = [STEPS[0], Step(code="explode", ok=True, seconds=0)]
    page = admin.post(url(support, "test"), follow=True).content.decode()
    assert "RuntimeError" in page
    assert "hunter2" not in page


def test_opening_the_test_page_tests_nothing(admin: Client, support: Channel) -> None:
    admin.get(url(support, "test"))
    assert not ChannelTest.objects.exists()


def test_a_running_test_is_not_begun_twice(admin: Client, support: Channel, lena: Agent) -> None:
    first, is_new = connection.begin(channel=support, agent=lena)
    again, is_again = connection.begin(channel=support, agent=lena)
    assert (is_new, is_again, first.pk) == (True, False, again.pk)
    page = admin.get(url(support, "test")).content.decode()
    assert 'hx-trigger="every 700ms"' in page
    assert '<meta http-equiv="refresh"' in page


def test_a_test_that_fell_silent_can_be_begun_anew(
    admin: Client, support: Channel, lena: Agent
) -> None:
    first, _ = connection.begin(channel=support, agent=lena)
    ChannelTest.objects.filter(pk=first.pk).update(updated_at=timezone.now() - timedelta(minutes=6))
    assert "Broken off" in admin.get(url(support, "test")).content.decode()
    assert connection.begin(channel=support, agent=lena)[1]


def test_a_channel_in_trouble_says_what_to_do(admin: Client, support: Channel) -> None:
    support.note_trouble("no_login", "535 <b>5.7.8</b>")
    page = admin.get(url(support, "change")).content.decode()
    assert "The login is refused. Check the password." in page
    assert "535 &lt;b&gt;5.7.8&lt;/b&gt;" in page
