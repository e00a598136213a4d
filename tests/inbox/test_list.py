from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Agent, Case, Channel, Conversation, Customer, Identity, Team
from conversations.services import drafts, reading
from tests.people import answer, receive


def fill(team: Team, number: int, **columns: Any) -> None:
    """Cases without messages, quickly: a list reads one table."""
    now = timezone.now()
    customers = Customer.objects.bulk_create(Customer(name=f"Person {n}") for n in range(number))
    threads = Conversation.objects.bulk_create(Conversation(customer=c) for c in customers)
    Identity.objects.bulk_create(
        Identity(customer=c, kind="email", value=f"{c.pk}@many.example") for c in customers
    )
    Case.objects.bulk_create(
        Case(
            conversation=thread,
            team=team,
            topic=f"Topic {n}",
            opened_at=now,
            last_message_at=now - timedelta(minutes=n),
            waiting_since=now - timedelta(minutes=n),
            reply_due_at=now + timedelta(minutes=60 - n),
            last_inbound_at=now,
            journey=["paper"],
            **columns,
        )
        for n, thread in enumerate(threads)
    )


def statements(desk: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert desk.get(url).status_code == 200
    return len(caught)


def test_costs_the_same_statements_at_ten_and_two_thousand_cases(
    desk: Client, team: Team, support: Channel
) -> None:
    urls = ["/inbox/q/unassigned/", "/inbox/q/all/?tab=all", "/inbox/q/resolved/"]
    fill(team, 10)
    desk.get(urls[0])  # a process reads the calendars with its first page
    few = [statements(desk, url) for url in urls]
    fill(team, 1990)
    assert [statements(desk, url) for url in urls] == few
    assert max(few) <= 9


def test_shows_a_row_as_the_agent_needs_it(desk: Client, support: Channel) -> None:
    receive(
        support,
        "dana@post.example",
        "Can it go to Portland?",
        name="Dana Whitfield",
        subject="Pro 2 shuts off",
    )
    page = desk.get("/inbox/q/unassigned/").content.decode()
    for part in (
        "Dana Whitfield",
        "Pro 2 shuts off",
        "Can it go to Portland?",
        "is-unread",
        "data-since",
    ):
        assert part in page


def test_prefers_the_agents_own_draft_to_the_last_words(
    desk: Client, support: Channel, priya: Agent, marco: Agent
) -> None:
    case = receive(support, "leon@post.example", "A quote, please").case
    for agent, text in ((priya, "Hi Leon"), (marco, "Hi from Marco")):
        drafts.save(case_id=case.pk, agent=agent, kind="message", text=text, fields={}, version=0)
    page = desk.get("/inbox/q/unassigned/").content.decode()
    assert "Hi Leon" in page
    assert "Hi from Marco" not in page


def test_says_who_spoke_last(desk: Client, support: Channel, priya: Agent, marco: Agent) -> None:
    mine = receive(support, "ruth@post.example").case
    theirs = receive(support, "hugo@post.example").case
    answer(mine, priya, "Hold both buttons.")
    answer(theirs, marco, "Label sent.")
    page = desk.get("/inbox/q/all/?tab=waiting").content.decode()
    assert "You:" in page
    assert "Marco:" in page


def test_moves_an_answered_case_to_the_other_tab(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "ruth@post.example", subject="Reset steps").case
    assert "Reset steps" in desk.get("/inbox/q/all/").content.decode()
    answer(case, priya)
    assert "Reset steps" not in desk.get("/inbox/q/all/").content.decode()
    assert "Reset steps" in desk.get("/inbox/q/all/?tab=waiting").content.decode()


def test_pages_reach_every_case_once_in_each_order(desk: Client, team: Team) -> None:
    fill(team, 120)
    Case.objects.filter(pk__in=list(Case.objects.values_list("pk", flat=True)[:30])).update(
        waiting_since=None, reply_due_at=None
    )
    for sort in ("longest", "soonest", "newest", "oldest"):
        url, seen = f"/inbox/q/all/?tab=all&sort={sort}", []
        while url:
            listing = desk.get(url).context["listing"]
            seen += [row.case.pk for row in listing.page.rows]
            url = listing.next_url if listing.page.next else ""
        assert len(seen) == len(set(seen)) == 120, sort


def test_longest_wait_stands_first(desk: Client, team: Team) -> None:
    fill(team, 5)
    rows = desk.get("/inbox/q/unassigned/").context["listing"].page.rows
    waits = [row.case.waiting_since for row in rows]
    assert waits == sorted(waits)


def test_counts_are_kept_and_those_of_filters_stop_at_ninety_nine(desk: Client, team: Team) -> None:
    fill(team, 120)
    assert desk.get("/inbox/q/all/").context["shell"].counts["unassigned"] == "120"
    narrowed = desk.get(f"/inbox/q/all/?team={team.pk}").context["listing"]
    assert narrowed.counts["all"] == "99+"


@pytest.mark.parametrize("cursor", ["x", "~", "2020-01-01~1", "~9x", "2020-13-01T00:00:00+00:00~1"])
def test_refuses_a_cursor_that_is_not_ours(desk: Client, cursor: str) -> None:
    assert desk.get("/inbox/q/all/", {"after": cursor}).status_code == 404


def test_offers_the_oldest_unassigned_when_nobody_waits(desk: Client, support: Channel) -> None:
    receive(support, "dana@post.example")
    page = desk.get("/inbox/q/mine/").content.decode()
    assert "Nobody is waiting." in page
    assert "1 unassigned, take the oldest" in page


def test_keeps_cases_of_other_teams_out(
    desk: Client, support: Channel, warranty: Team, marco: Agent
) -> None:
    case = receive(support, "dana@post.example", subject="Gearbox").case
    Case.objects.filter(pk=case.pk).update(team=warranty)
    assert "Gearbox" not in desk.get("/inbox/q/all/").content.decode()
    assert desk.get(f"/inbox/q/team-{warranty.pk}/").status_code == 404


def test_goes_back_to_the_last_queue(desk: Client) -> None:
    assert desk.get("/inbox/").headers["Location"] == "/inbox/q/mine/"
    desk.get("/inbox/q/unassigned/")
    assert desk.get("/inbox/").headers["Location"] == "/inbox/q/unassigned/"


def test_asks_strangers_to_sign_in(client: Client) -> None:
    answered = client.get("/inbox/q/mine/")
    assert answered.headers["Location"] == "/accounts/login/?next=/inbox/q/mine/"


@pytest.mark.parametrize("script", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}])
def test_tells_a_script_that_the_session_ended(client: Client, script: dict[str, str]) -> None:
    answered = client.get("/inbox/q/mine/c/1/", headers=script)
    assert (answered.status_code, answered.content) == (401, b"")


def test_a_script_with_an_old_token_renews_it_and_asks_again(priya: Agent) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(priya)
    say = {"text": "x"}
    assert browser.post("/inbox/me/", say, headers={"HX-Request": "true"}).status_code == 401
    page = browser.get("/inbox/signed-in/", headers={"Sec-Fetch-Dest": "empty"}).text
    token = page.split('data-token="')[1].split('"')[0]
    fresh = {"HX-Request": "true", "X-CSRFToken": token}
    assert browser.post("/inbox/me/", say, headers=fresh).status_code == 422


@pytest.mark.parametrize("path", ["/accounts/login/", "/inbox/signed-in/", "/inbox/me/"])
def test_the_door_alone_stands_in_a_frame_of_our_own(desk: Client, path: str) -> None:
    answered = (Client() if "login" in path else desk).get(path)
    is_door = path != "/inbox/me/"
    assert answered.headers["X-Frame-Options"] == ("SAMEORIGIN" if is_door else "DENY")
    who = "'self'" if is_door else "'none'"
    assert f"frame-ancestors {who}" in answered.headers["Content-Security-Policy"]


def test_unread_goes_with_a_read_mark_and_comes_back_with_new_words(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@post.example").case
    reading.mark_read(case_id=case.pk, agent=priya, up_to=timezone.now())
    assert "is-unread" not in desk.get("/inbox/q/unassigned/").content.decode()
    receive(support, "dana@post.example", "Hello?")
    assert "is-unread" in desk.get("/inbox/q/unassigned/").content.decode()
