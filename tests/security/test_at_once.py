"""Many at the same moment: nothing lost, nothing twice, nobody stuck."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from conversations import outbox, receipts
from conversations.models import (
    Agent,
    Case,
    Channel,
    Delivery,
    Draft,
    Giving,
    Message,
    Receipt,
    Team,
)
from conversations.services import assignment, drafts, duty, giving, intake, notes, reply, status
from conversations.services.errors import Refused
from tests.people import answer, make_agent, make_channel, receive, record

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returned, or the exception that ended it. All begin together."""
    gate, found = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int) -> None:
        gate.wait()
        try:
            found[place] = jobs[place]()
        except Exception as error:  # noqa: BLE001 -- it is what the test asks about
            found[place] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def faults(found: Sequence[Any]) -> list[Any]:
    return [one for one in found if isinstance(one, Exception) and not isinstance(one, Refused)]


def test_a_double_click_on_a_new_message_is_one(support: Channel, priya: Agent) -> None:
    said = {
        "from": f"{support.pk}:support@kalma.example", "to": "dana@hey.example", "subject": "Hi",
        "text": "Hello", "client_id": str(uuid.uuid4()),
    }  # fmt: skip

    def click() -> int:
        browser = Client()
        browser.force_login(priya)
        return browser.post("/inbox/new/", said).status_code

    assert at_once([click] * 4) == [302] * 4
    assert Message.objects.filter(kind="message").count() == 1
    assert Case.objects.count() == Delivery.objects.count() == 1


def test_a_double_click_on_an_answer_is_one(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@hey.example").case
    mine = uuid.uuid4()

    def click() -> Message:
        return reply.send(
            case_id=case.pk, agent=priya, text="x", to=["dana@hey.example"], client_id=mine
        )

    assert not faults(at_once([click] * 4))
    assert Delivery.objects.count() == 1


def test_the_same_event_at_the_same_moment_is_one(support: Channel) -> None:
    found = at_once([lambda: receipts.record(support, "event", b'{"from": "a@b.c"}')] * 6)
    assert not faults(found)
    assert Receipt.objects.count() == 1
    assert not faults(at_once([lambda: intake.process(found[0].pk)] * 4))
    assert Message.objects.count() == 1


def test_undo_or_gone_and_never_both(support: Channel, priya: Agent, provider: Any) -> None:
    case = receive(support, "dana@hey.example").case
    priya.undo_seconds = 10
    for _ in range(8):
        message = answer(case, priya)
        delivery = Delivery.objects.get(messages=message)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=delivery.created_at)
        before = len(provider.accepted)
        undo = partial(reply.undo, message_id=message.pk, agent=priya)
        undone, _sent = found = at_once([undo, partial(outbox.deliver, delivery.pk)])
        assert not faults(found)
        message.refresh_from_db()
        went = len(provider.accepted) - before
        assert went == (0 if isinstance(undone, Draft) else 1)
        assert (message.cancelled_at is not None) == (went == 0)


def test_drafts_of_two_tabs_are_ordered(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@hey.example").case
    blank: dict[str, Any] = {
        "case_id": case.pk,
        "agent": priya,
        "kind": "message",
        "fields": {},
        "version": 0,
    }
    save = [partial(drafts.save, **blank, text=str(n)) for n in range(6)]
    found = at_once(save)
    assert not faults(found)
    assert sum(isinstance(one, Draft) for one in found) == 1
    assert Draft.objects.get().version == 1


def test_a_storm_loses_and_doubles_nothing(
    support: Channel, team: Team, priya: Agent, provider: Any
) -> None:
    """Customers who quote one another, strangers, agents who work the same cases, the outbox."""
    lena = make_agent("Lena Ortiz", team)
    people = ["dana@hey.example", "eve@hey.example", "new@hey.example"]
    first = {who: receive(support, who, f"First of {who}") for who in people[:2]}
    for turn in range(3):
        quoted = [m.case.reply_token for m in first.values()]
        ids = [m.message_id for m in first.values()]
        arriving = [
            record(
                support, {"from": who, "text": f"{turn} {who} {n}", "id": f"{turn}{who}{n}", **how}
            )
            for n, how in enumerate(
                ({}, {"tokens": quoted[:1]}, {"references": ids[::-1]}, {"tokens": quoted[1:]})
            )
            for who in people
        ]
        jobs: list[Callable[[], Any]] = [partial(intake.process, r.pk) for r in arriving]
        for case, agent in product((m.case for m in first.values()), (priya, lena)):
            mine: dict[str, Any] = {"case_id": case.pk, "agent": agent}
            jobs += [
                partial(answer, case, agent, "Answer"),
                partial(assignment.take, **mine),
                partial(status.resolve, **mine),
                partial(notes.add, **mine, text="Note", client_id=uuid.uuid4()),
            ]
        jobs += [partial(outbox.deliver, pk) for pk in outbox.due()]
        assert not faults(at_once(jobs))
    while due := outbox.due():
        for pk in due:
            outbox.deliver(pk)
    texts = Counter(Message.objects.filter(identity__isnull=False).values_list("text", flat=True))
    assert len(texts) == 2 + 3 * 4 * 3
    assert set(texts.values()) == {1}
    keys = Counter(message.key for message in provider.accepted)
    assert set(keys.values()) == {1}
    assert len(keys) == Message.objects.filter(kind="message", agent__isnull=False).count() == 12
    for case in Case.objects.select_related("conversation"):
        steps = case.conversation.revision
        assert steps == case.conversation.changes.count()


def test_who_takes_second_is_told(support: Channel, team: Team, priya: Agent) -> None:
    case = receive(support, "dana@hey.example").case
    seen = {"seen": case.conversation.revision}
    browsers = [Client(), Client()]
    for browser, agent in zip(browsers, (make_agent("Lena Ortiz", team), priya), strict=True):
        browser.force_login(agent)
    url = f"/inbox/c/{case.pk}/take"
    assert [browser.post(url, seen).status_code for browser in browsers] == [302, 409]
    case.refresh_from_db()
    assert str(case.assignee) == "Lena Ortiz"


@pytest.mark.parametrize("rule", [Giving.ROUND_ROBIN, Giving.LEAST_LOADED])
def test_fifty_arrivals_fill_three_desks_and_no_more(warranty: Team, rule: Giving) -> None:
    Team.objects.filter(pk=warranty.pk).update(giving=rule, capacity=7)
    channel = make_channel(warranty, name="warranty")
    desks = [make_agent(f"{name} Stern", warranty) for name in ("Ada", "Bea", "Cleo")]
    for agent in desks:
        duty.choose(agent=agent, availability="online")
    came = [record(channel, {"from": f"c{n}@hey.example", "text": "x"}) for n in range(50)]

    def arrive(some: Sequence[Receipt]) -> None:
        for receipt in some:
            intake.process(receipt.pk)

    clocks = [giving.sweep] * 2
    assert not faults(at_once([*(partial(arrive, came[n::4]) for n in range(4)), *clocks]))
    giving.sweep()
    assert [Case.objects.filter(assignee=agent).count() for agent in desks] == [7, 7, 7]
    given = Message.objects.filter(code="given").values_list("case", flat=True)
    assert len(given) == len(set(given)) == 21
