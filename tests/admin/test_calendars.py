"""Calendars: typed once, refused where they make no sense, reckoned with at once."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from clocks.models import Calendar, TeamCalendar
from conversations.models import Agent, Case, Channel, TargetEdition, Team
from conversations.services import targets
from tests.people import receive

pytestmark = pytest.mark.django_db

ADD = "/admin/clocks/calendar/add/"


def form(*spans: str, holidays: tuple[str, ...] = (), **said: Any) -> dict[str, Any]:
    """The form as a browser sends it: spans as `0 09:00 14:00`, holidays as `date opens closes`."""
    sent = {"name": "Madrid", "time_zone": "Europe/Madrid", "more_holidays": "", **said}
    for prefix, rows, names in (
        ("spans", spans, ("weekday", "opens", "closes")),
        ("holidays", holidays, ("date", "opens", "closes")),
    ):
        sent |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for number, row in enumerate(rows):
            for name, value in zip(names, row.split(), strict=False):
                sent[f"{prefix}-{number}-{name}"] = value
    return sent


def test_proposes_an_ordinary_week_that_can_be_saved_as_it_stands(admin: Client) -> None:
    page = admin.get(ADD).content.decode()
    assert page.count('value="18:00"') == 5
    days = [f"{day} 09:00:00 18:00:00" for day in range(5)]
    assert admin.post(ADD, form(*days)).status_code == 302
    spans = Calendar.objects.get().spans.values_list("weekday", "opens", "closes")
    assert list(spans) == [(day, time(9), time(18)) for day in range(5)]


def test_its_teams_cases_are_reckoned_anew(admin: Client, support: Channel, team: Team) -> None:
    case = receive(support, "dana@post.example").case
    before = TargetEdition.objects.current()
    year = {f"h{n}": day for n, day in enumerate(_days(30))}
    lines = "\n".join(f"{day} Fair" for day in year.values())
    always = [f"{day} 00:00 00:00" for day in range(7)]
    sent = form(*always, teams=[team.pk], more_holidays=lines)
    assert admin.post(ADD, sent).status_code == 302
    assert TargetEdition.objects.current() == before + 1
    targets.reckon_stale()
    due = Case.objects.get(pk=case.pk).reply_due_at
    assert due
    assert due - case.waiting_since > timedelta(days=27)  # type: ignore[operator]  # it waits
    calendar = Calendar.objects.get()
    admin.post(f"/admin/clocks/calendar/{calendar.pk}/delete/", {"post": "yes"})
    targets.reckon_stale()
    assert Case.objects.get(pk=case.pk).reply_due_at == case.reply_due_at


def _days(count: int) -> list[date]:
    return [date.today() + timedelta(days=n - 1) for n in range(count)]  # noqa: DTZ011 -- any days


def test_says_what_it_means_now(admin: Client, lena: Agent, support: Channel, team: Team) -> None:
    always = [f"{day} 00:00 00:00" for day in range(7)]
    admin.post(ADD, form(*always, teams=[team.pk]))
    calendar = Calendar.objects.get()
    page = admin.get(f"/admin/clocks/calendar/{calendar.pk}/change/").content.decode()
    assert "Open day and night." in page
    assert f"A message to {support} that arrives now is due" in page
    assert "Open day and night." in admin.get("/admin/clocks/calendar/").content.decode()
    Agent.objects.filter(pk=lena.pk).update(language="es")
    spanish = admin.get(f"/admin/clocks/calendar/{calendar.pk}/change/")
    assert "Abierto día y noche." in spanish.content.decode()


def test_a_team_leaves_its_former_calendar_and_one_is_the_default(
    admin: Client, team: Team
) -> None:
    admin.post(ADD, form("0 09:00 18:00", name="Old", teams=[team.pk], is_default="on"))
    admin.post(ADD, form("0 09:00 18:00", name="New", teams=[team.pk], is_default="on"))
    assert TeamCalendar.objects.get().calendar.name == "New"
    assert list(Calendar.objects.filter(is_default=True).values_list("name", flat=True)) == ["New"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (form(), "Give the week some hours"),
        (form("0 09:00 18:00", time_zone="Europe/Narnia"), "Select a valid choice"),
        (form("0 09:00 18:00", more_holidays="Christmas"), "This line is no holiday: Christmas"),
        (form("0 09:00 18:00", more_holidays="2026-02-30 Odd"), "This line is no holiday"),
        (form("0 09:00 18:00", more_holidays="2026-12-24 25:00-26:00 Odd"), "no holiday"),
        (form("0 09:00 18:00", more_holidays="2026-12-24 09:00"), "no holiday: 2026-12-24 09:00"),
        (form("0 09:00 18:00", more_holidays="2026-12-24 9.00-13.00"), "no holiday"),
        (form("0 09:00 18:00", more_holidays="2026-12-24 9 - 13 Eve"), "no holiday"),
        (
            form("0 09:00 18:00", more_holidays="2026-12-24\n2026-12-24 09:00-13:00"),
            "A day is either closed or has hours.",
        ),
        (form("0 09:00 18:00", holidays=("2026-12-24 09:00",)), "Give both times, or none."),
        (
            form("0 09:00 18:00", holidays=("2026-12-24 09:00 13:00", "2026-12-24")),
            "A day is either closed or has hours.",
        ),
    ],
)
def test_refuses_what_makes_no_sense(admin: Client, sent: dict[str, Any], words: str) -> None:
    answered = admin.post(ADD, sent)
    assert answered.status_code == 200
    assert words in answered.content.decode()
    assert not Calendar.objects.exists()


def test_reads_holidays_as_lines(admin: Client) -> None:
    lines = "2026-12-25 Christmas Day\n\n2026-12-24 9:00-13:00 Eve\n2026-12-24 15:00 – 17:00"  # noqa: RUF001 -- as people type it
    admin.post(ADD, form("0 09:00 18:00", more_holidays=lines))
    found = Calendar.objects.get().holidays.values_list("date", "opens", "closes", "name")
    assert list(found) == [
        (date(2026, 12, 24), time(9), time(13), "Eve"),
        (date(2026, 12, 24), time(15), time(17), ""),
        (date(2026, 12, 25), None, None, "Christmas Day"),
    ]


def test_a_line_says_its_day_anew(admin: Client) -> None:
    admin.post(
        ADD, form("0 09:00 18:00", more_holidays="2026-12-25 Navidad\n2026-12-24 9:00-13:00")
    )
    calendar = Calendar.objects.get()
    lines = "2026-12-25 10:00-12:00 4 hands\n2026-12-24 1st of three"
    page = f"/admin/clocks/calendar/{calendar.pk}/change/"
    assert admin.post(page, form("1 09:00 18:00", more_holidays=lines)).status_code == 302
    assert list(calendar.holidays.values_list("date", "opens", "name")) == [
        (date(2026, 12, 24), None, "1st of three"),
        (date(2026, 12, 25), time(10), "4 hands"),
    ]


def test_a_channels_new_target_is_reckoned_with(admin: Client, support: Channel) -> None:
    case = receive(support, "dana@post.example").case
    assert case.waiting_since
    page = admin.get(f"/admin/conversations/channel/{support.pk}/change/").context
    sent = page["adminform"].form.initial | {"reply_target": "60", "team": support.team_id}
    sent = {name: value for name, value in sent.items() if value is not None}
    assert admin.post(f"/admin/conversations/channel/{support.pk}/change/", sent).status_code == 302
    targets.reckon_stale()
    due = Case.objects.get(pk=case.pk).reply_due_at
    assert due == case.waiting_since + timedelta(hours=1)


def test_agents_do_not_get_in(client: Client, priya: Any) -> None:
    client.force_login(priya)
    assert client.get(ADD).status_code in {302, 403}
