"""A restricted team's work stays with it, whichever way it might get out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Case, Channel, Team
from conversations.services import assignment, status, tags
from conversations.services.errors import Forbidden
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def lex(legal: Team) -> Agent:
    return make_agent("Lex Law", legal)


@pytest.fixture
def counsel(legal: Team) -> Channel:
    return make_channel(legal, name="counsel")


def test_mail_to_its_channel_joins_no_case_of_others(support: Channel, counsel: Channel) -> None:
    shipping = receive(support, "dana@hey.example", "Where is it?").case
    complaint = receive(counsel, "dana@hey.example", "About your colleague").case
    assert complaint != shipping
    assert complaint.team == counsel.team


def test_what_follows_its_case_is_its_own(
    support: Channel, counsel: Channel, lex: Agent, priya: Agent
) -> None:
    complaint = receive(counsel, "dana@hey.example", "x", subject="Secret complaint").case
    status.resolve(case_id=complaint.pk, agent=lex)
    Case.objects.update(resolved_at=timezone.now() - timedelta(days=30))
    later = receive(support, "dana@hey.example", "And now?", tokens=[complaint.reply_token]).case
    assert later.follows == complaint
    assert later.team == counsel.team
    assert not Case.objects.visible_to(priya).exists()


def test_nobody_else_writes_in_its_name(
    support: Channel, counsel: Channel, lex: Agent, priya: Agent, desk: Client
) -> None:
    case = receive(support, "dana@hey.example", "Where is it?").case
    with pytest.raises(Forbidden):
        answer(case, priya, channel_id=counsel.pk)
    posted = {"kind": "message", "text": "x", "to": "dana@hey.example", "channel": counsel.pk}
    assert desk.post(f"/inbox/c/{case.pk}/messages", posted).status_code == 403
    assert "counsel" not in desk.get(f"/inbox/q/all/c/{case.pk}/").text.partition("composer")[2]
    case.refresh_from_db()
    assert answer(case, lex, channel_id=counsel.pk).channel == counsel


def test_its_tags_are_offered_to_nobody_else(
    support: Channel, counsel: Channel, lex: Agent, priya: Agent, desk: Client
) -> None:
    case = receive(support, "dana@hey.example").case
    complaint = receive(counsel, "eve@hey.example").case
    tags.replace(case_id=complaint.pk, agent=lex, names=["harassment"])
    tags.replace(case_id=case.pk, agent=priya, names=["late"])
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").text
    assert "harassment" not in page
    assert "late" in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_case_may_be_given_away(
    support: Channel, legal: Team, desk: Client, headers: dict[str, str]
) -> None:
    case = receive(support, "dana@hey.example", subject="Lawyers").case
    answered = desk.post(f"/inbox/c/{case.pk}/move", {"team": legal.pk}, headers=headers)
    assert answered.status_code in {200, 204, 302}
    after = answered.headers.get("HX-Redirect") or answered.headers.get("Location")
    assert after
    landed = desk.get(after)
    assert landed.status_code == 200
    assert "Moved to Legal" in landed.text
    case.refresh_from_db()
    assert case.team == legal
    assert desk.get(f"/inbox/c/{case.pk}/").status_code == 404


def test_a_member_of_no_restricted_team_can_move_on(
    support: Channel, priya: Agent, warranty: Team
) -> None:
    case = receive(support, "dana@hey.example").case
    assert assignment.move(case_id=case.pk, agent=priya, team_id=warranty.pk).team == warranty
