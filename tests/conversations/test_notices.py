"""What agents are told of: noted with what caused it, mailed once when no desk was open."""

import uuid
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import pytest
from django.core import mail
from django.core.mail.message import EmailMessage
from django.db import transaction

from conversations.models import (
    Agent,
    Case,
    Channel,
    ClockTimestamp,
    Duty,
    Giving,
    Notice,
    Team,
)
from conversations.services import (
    assignment,
    duty,
    giving,
    mentions,
    notes,
    notice_mail,
    pruning,
    reading,
    status,
    targets,
)
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

LINK = "/inbox/c/{}/"


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It leaks", name="Dana", subject="Kettle").case


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Ortiz", role="admin")


@pytest.fixture
def given(case: Case, priya: Agent, lena: Agent) -> Case:
    """Assigned to Priya by Lena."""
    return assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)


def told(agent: Agent | None = None) -> list[str]:
    mine = Notice.objects.filter(agent=agent) if agent else Notice.objects.all()
    return list(mine.order_by("id").values_list("kind", flat=True))


def later(minutes: float = 5.1) -> int:
    """So long afterwards the clock looks for whom to mail."""
    passed = timedelta(minutes=minutes)
    for row in Notice.objects.all():
        row.at -= passed
        row.leased_until = row.leased_until and row.leased_until - passed
        row.save()
    return notice_mail.sweep()


def call(case: Case, by: Agent, text: str) -> None:
    notes.add(case_id=case.pk, agent=by, text=text, client_id=uuid.uuid4())


def pass_target(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(reply_due_at=ClockTimestamp() - timedelta(minutes=1))
    targets.note_passed()


class TestNoted:
    def test_who_is_given_a_case_by_somebody_else(
        self, case: Case, priya: Agent, lena: Agent
    ) -> None:
        assignment.take(case_id=case.pk, agent=priya)
        assert told() == []
        assignment.assign(case_id=case.pk, agent=priya, assignee_id=None)
        assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)
        assert told(priya) == ["assigned"]

    def test_who_is_given_a_case_by_the_rule(self, warranty: Team, marco: Agent) -> None:
        Team.objects.filter(pk=warranty.pk).update(giving=Giving.ROUND_ROBIN)
        warranty.refresh_from_db()
        receive(make_channel(warranty, name="w"), "dana@post.example")
        duty.seen(marco.pk)
        giving.sweep()
        assert told(marco) == ["assigned"]

    def test_whom_a_note_calls_and_who_sees_it(
        self, case: Case, priya: Agent, marco: Agent, legal: Team
    ) -> None:
        call(case, priya, "@Marco and @Priya look")
        assert told() == ["mentioned"]
        hidden = receive(make_channel(legal, name="counsel"), "x@out.example").case
        call(hidden, make_agent("Lex Law", legal), "@Marco look")
        assert told(marco) == ["mentioned"]

    def test_whose_customer_writes_or_waits_too_long(
        self, given: Case, priya: Agent, support: Channel
    ) -> None:
        receive(support, "dana@post.example", "Still leaks", subject="Kettle")
        pass_target(given)
        targets.note_passed()
        assert told(priya) == ["assigned", "wrote", "late"]
        receive(support, "omar@post.example")
        assert len(told()) == 3, "nobody's case tells nobody"

    def test_nobody_who_wants_none_of_it_or_was_let_go(
        self, case: Case, priya: Agent, lena: Agent, marco: Agent
    ) -> None:
        Agent.objects.filter(pk=priya.pk).update(notify={"assigned": []})
        assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)
        Agent.objects.filter(pk=marco.pk).update(is_active=False)
        called = mentions.Called(agents=(marco,), names=("Marco",))
        mentions.note(case.messages.latest("pk"), called)
        assert told() == []

    def test_goes_with_what_caused_it(self, case: Case, priya: Agent, lena: Agent) -> None:
        def undone() -> None:
            with transaction.atomic():
                assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            undone()
        assert told() == []


class TestMailed:
    def test_once_after_five_minutes_without_a_desk(
        self, given: Case, priya: Agent, lena: Agent, support: Channel
    ) -> None:
        pass_target(given)
        other = receive(support, "omar@post.example", "SECRET", name="Omar", subject="Lid").case
        call(other, lena, "@Priya SECRET")
        assert notice_mail.sweep() == 0, "they may come back by themselves"
        assert later() == 1
        letter = mail.outbox[0]
        assert letter.to == [priya.email]
        assert letter.subject == "OmniHub: 2 cases need you"
        body = str(letter.body)
        assert f"Dana, Kettle (#{given.pk})\nAssigned to you · Past the reply target\n" in body
        assert f"Omar, Lid (#{other.pk})\nYou were mentioned\n" in body
        assert LINK.format(other.pk) in body
        assert "/inbox/me/#own-news" in body
        assert "SECRET" not in body
        assert "leaks" not in body
        assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
        assert later() == 0
        assert len(mail.outbox) == 1
        assert Notice.objects.filter(sent_at=None).count() == 0

    def test_what_came_since_goes_along(self, given: Case, lena: Agent, support: Channel) -> None:
        Notice.objects.update(at=ClockTimestamp() - timedelta(minutes=5))
        nameless = receive(support, "omar@post.example", subject="Lid").case
        call(nameless, lena, "@Priya look")
        assert notice_mail.sweep() == 1
        body = str(mail.outbox[0].body)
        assert f"Dana, Kettle (#{given.pk})" in body
        assert f"omar@post.example, Lid (#{nameless.pk})" in body
        assert later() == 0

    @pytest.mark.usefixtures("given")
    def test_in_the_agents_language(self, priya: Agent) -> None:
        Agent.objects.filter(pk=priya.pk).update(language="es")
        later()
        assert mail.outbox[0].subject == "OmniHub: un caso te necesita"
        assert "Asignado a ti" in mail.outbox[0].body
        assert "Hello" not in mail.outbox[0].body

    @pytest.mark.usefixtures("given")
    def test_not_whose_desk_was_open_afterwards(self, priya: Agent) -> None:
        duty.seen(priya.pk)
        assert later() == 0
        Duty.objects.filter(agent=priya).update(seen_at=ClockTimestamp() - timedelta(hours=9))
        assert later() == 0, "it told them"

    @pytest.mark.usefixtures("given")
    def test_whose_desk_was_closed_before(self, priya: Agent) -> None:
        duty.seen(priya.pk)
        Duty.objects.filter(agent=priya).update(seen_at=ClockTimestamp() - timedelta(hours=9))
        assert later() == 1

    @pytest.mark.parametrize(
        "what", ["read", "taken off", "resolved", "let go", "turned off", "out of sight", "old"]
    )
    def test_not_what_holds_no_more(
        self, what: str, given: Case, priya: Agent, lena: Agent, legal: Team
    ) -> None:
        match what:
            case "read":
                reading.mark_read(case_id=given.pk, agent=priya, up_to=given.last_message_at)
            case "taken off":
                assignment.assign(case_id=given.pk, agent=lena, assignee_id=None)
            case "resolved":
                status.resolve(case_id=given.pk, agent=lena)
            case "let go":
                Agent.objects.filter(pk=priya.pk).update(is_active=False)
            case "turned off":
                Agent.objects.filter(pk=priya.pk).update(notify={"assigned": ["browser"]})
            case "out of sight":
                Case.objects.filter(pk=given.pk).update(team=legal)
            case _:
                later(60 * 25)
        assert later() == 0
        assert mail.outbox == []
        assert not Notice.objects.standing().exists()

    def test_not_an_answered_or_a_read_word(
        self, given: Case, priya: Agent, lena: Agent, support: Channel
    ) -> None:
        Agent.objects.filter(pk=priya.pk).update(notify={"assigned": [], "wrote": ["mail"]})
        second = receive(support, "dana@post.example", "Still leaks", subject="Kettle")
        reading.mark_read(case_id=given.pk, agent=priya, up_to=second.sorted_at)
        receive(support, "dana@post.example", "And again", subject="Kettle")
        assert Notice.objects.standing().filter(kind="wrote").count() == 1
        answer(given, lena)
        assert later() == 0
        receive(support, "dana@post.example", "No", subject="Kettle")
        assert later() == 1
        assert "The customer wrote" in mail.outbox[0].body

    def test_a_failing_server_is_tried_again_with_the_same_mail(
        self, given: Case, priya: Agent, lena: Agent, support: Channel
    ) -> None:
        tried: list[EmailMessage] = []

        def refuse(letter: EmailMessage) -> int:
            tried.append(letter)
            raise OSError("refused")

        with pytest.MonkeyPatch.context() as away:
            away.setattr(EmailMessage, "send", refuse)
            assert later() == 0
            assert notice_mail.sweep() == 0, "not before a pause"
            assert len(tried) == 1
            other = receive(support, "omar@post.example", name="Omar", subject="Lid").case
            assignment.assign(case_id=other.pk, agent=lena, assignee_id=priya.pk)
        assert later() == 1
        assert LINK.format(given.pk) in str(mail.outbox[0].body)
        assert mail.outbox[0].extra_headers["Message-ID"] == tried[0].extra_headers["Message-ID"]
        assert parseaddr(mail.outbox[0].extra_headers["Message-ID"])[1].startswith("news.")
        assert "Omar" not in mail.outbox[0].body, "what a server may have taken stays as it was"
        assert later() == 1
        assert "Omar" in mail.outbox[1].body

    @pytest.mark.usefixtures("given")
    def test_two_clocks_mail_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        send = EmailMessage.send

        def meanwhile(letter: EmailMessage, **options: Any) -> int:
            assert notice_mail.sweep() == 0
            return send(letter, **options)

        monkeypatch.setattr(EmailMessage, "send", meanwhile)
        assert later() == 1
        assert len(mail.outbox) == 1


HOSTILE = (
    "Dana\r\nBcc: all@evil.example\r\n\r\nSign in again: https://evil.example/\u2028x\u202egnp"
)


def test_hostile_names_stay_on_their_line(support: Channel, priya: Agent, lena: Agent) -> None:
    said = {"name": HOSTILE, "subject": HOSTILE + " topic" * 200}
    case = receive(support, "dana@post.example", "It leaks", **said).case
    assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)
    assert later() == 1
    (letter,) = mail.outbox
    assert letter.recipients() == [priya.email]
    assert "Bcc" not in letter.message()
    (line,) = [line for line in str(letter.body).splitlines() if "evil.example" in line]
    assert line.startswith("Dana Bcc: all@evil.example Sign in again:")
    assert len(line) < 600


def test_are_let_go_after_a_week(given: Case) -> None:
    Notice.objects.update(at=ClockTimestamp() - timedelta(days=6))
    pruning.prune()
    assert told() == ["assigned"]
    Notice.objects.update(at=ClockTimestamp() - timedelta(days=8))
    pruning.prune()
    assert told() == []
