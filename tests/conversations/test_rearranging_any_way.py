"""Whatever is split, moved, merged and undone, in any order and with replies at each step: every
message is where it belongs, every page that follows the changes shows what the database says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conversations.models import (
    Agent,
    Case,
    Channel,
    Conversation,
    Delivery,
    Identity,
    Message,
    Participant,
    Rearrangement,
)  # fmt: skip
from conversations.services import merge_cases, merge_customers, put_back, status, threads
from conversations.services.errors import Refused
from conversations.services.move import move
from conversations.services.split import split
from inbox.reads import replay, thread
from tests.people import answer, receive

pytestmark = pytest.mark.django_db

PEOPLE = ("ana@hey.example", "bo@hey.example", "cy@hey.example")
NUMBER = st.integers(0, 11)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([
            "mail", "token", "token", "reference", "answer", "merge", "merge", "join", "split",
            "move", "undo", "undo", "resolve",
        ]),
        NUMBER, NUMBER, NUMBER,
    ),
    min_size=6, max_size=16,
)  # fmt: skip


@dataclass
class House:
    """The desk while anything happens on it, and a browser at every case that follows along."""

    channel: Channel
    agent: Agent
    mails: int = 0
    screens: dict[int, tuple[int, list[int]]] = field(default_factory=dict)

    def cases(self) -> list[Case]:
        return list(Case.objects.standing().order_by("pk"))

    def every(self) -> list[Case]:
        return list(Case.objects.order_by("pk"))

    def step(self, what: str, a: int, b: int, c: int) -> None:
        try:
            with transaction.atomic():
                getattr(self, what)(a, b, c)
        except Refused:
            pass

    def _receive(self, a: int, **how: Any) -> None:
        receive(self.channel, PEOPLE[a % 3], f"mail {self.mails}", **how)
        self.mails += 1

    def mail(self, a: int, *_: int) -> None:
        self._receive(a)

    def token(self, a: int, b: int, _c: int) -> None:
        cases = self.every()
        self._receive(a, tokens=[cases[b % len(cases)].reply_token])

    def reference(self, a: int, b: int, _c: int) -> None:
        ids = list(
            Message.objects.exclude(message_id="")
            .order_by("pk")
            .values_list("message_id", flat=True)
        )
        self._receive(a, references=[ids[b % len(ids)]])

    def answer(self, a: int, b: int, _c: int) -> None:
        case = self.cases()[a % len(self.cases())]
        answer(case, self.agent, f"answer {self.mails}", to=[PEOPLE[b % 3]])

    def merge(self, a: int, b: int, _c: int) -> None:
        cases = self.cases()
        one, other = cases[a % len(cases)], cases[b % len(cases)]
        merge_customers.merge(case_id=one.pk, agent=self.agent, other_case_id=other.pk)

    def join(self, a: int, b: int, _c: int) -> None:
        cases = self.cases()
        one = cases[a % len(cases)]
        same = [case for case in cases if case.conversation_id == one.conversation_id]
        other = same[b % len(same)]
        merge_cases.merge(case_id=one.pk, agent=self.agent, other_id=other.pk)

    def _some(self, case: Case, c: int) -> list[int]:
        own = case.messages.exclude(kind="activity").in_order().values_list("pk", flat=True)
        return list(own)[c % 3 :: 2]

    def split(self, a: int, _b: int, c: int) -> None:
        case = self.cases()[a % len(self.cases())]
        split(case_id=case.pk, agent=self.agent, message_ids=self._some(case, c))

    def move(self, a: int, b: int, c: int) -> None:
        cases = self.cases()
        case = cases[a % len(cases)]
        same = [one for one in cases if one.conversation_id == case.conversation_id]
        to = same[b % len(same)].pk
        move(case_id=case.pk, agent=self.agent, message_ids=self._some(case, c), to=to)

    def undo(self, a: int, *_: int) -> None:
        standing = list(Rearrangement.objects.standing().order_by("-pk"))
        if standing:
            put_back.undo(rearrangement_id=standing[a % len(standing)].pk, agent=self.agent)

    def resolve(self, a: int, *_: int) -> None:
        case = self.cases()[a % len(self.cases())]
        status.resolve(case_id=case.pk, agent=self.agent)

    def undo_everything(self) -> None:
        for entry in list(Rearrangement.objects.standing().order_by("-pk")):
            put_back.undo(rearrangement_id=entry.pk, agent=self.agent)

    def follow(self) -> None:
        """Every browser catches up from the changes, as feed.js does."""
        for case in self.every():
            number, (after, shown) = case.pk, self.screens.get(case.pk, (-1, []))
            now = thread.case_of(number, self.agent)
            steps = replay.since(now, after) if after >= 0 else None
            if steps is None:
                shown = self.fresh(number)
            for step in steps or ():
                shown = list(self._apply(shown, step))
            self.screens[number] = (now.conversation.revision, shown)

    def _apply(self, shown: list[int], step: replay.Step) -> Iterator[int]:
        number = int(step.id.removeprefix("m-")) if step.id else 0
        places = {
            m.pk: (m.sorted_at, m.pk) for m in Message.objects.filter(pk__in=[*shown, number])
        }
        kept = {pk for pk in shown if pk != number} | ({number} if step.entry else set())
        yield from sorted(kept, key=places.__getitem__)

    def fresh(self, number: int) -> list[int]:
        return [entry.message.pk for entry in thread.read(number, self.agent).entries]


def check(house: House) -> None:
    """What must hold after any step."""
    said = Message.objects.select_related("case__conversation", "identity", "conversation")
    assert said.filter(identity__isnull=False).count() == house.mails
    for message in said:
        assert message.conversation_id == message.case.conversation_id
        assert message.case.merged_into_id is None
        assert message.conversation.merged_into_id is None
        if message.identity is not None and not is_own(message):
            beside = Participant.objects.filter(case=message.case, identity=message.identity)
            assert beside.exists(), message.text
    for delivery in Delivery.objects.prefetch_related("messages"):
        assert {m.conversation_id for m in delivery.messages.all()} == {delivery.conversation_id}
    for case in house.cases():
        repeated = _repeated(case)
        threads.reckon(case)
        assert _repeated(case) == repeated
    for number, (revision, shown) in house.screens.items():
        assert shown == house.fresh(number)
        assert revision == thread.case_of(number, house.agent).conversation.revision


def _repeated(case: Case) -> list[Any]:
    """What a case repeats of its messages. Since when somebody waits depends on what was resolved
    unanswered before; whether they do, does not."""
    return [case.waiting_since is None, case.last_inbound_at, case.journey]


def is_own(message: Message) -> bool:
    assert message.identity
    return message.identity.customer_id == message.conversation.customer_id


def check_the_end(house: House, owners: dict[int, int]) -> None:
    """All undone: everybody has what is theirs."""
    assert not Conversation.objects.exclude(merged_into=None).exists()
    assert dict(Identity.objects.values_list("pk", "customer")) == owners


def live_through(channel: Channel, agent: Agent, steps: list[tuple[str, int, int, int]]) -> None:
    house = House(channel=channel, agent=agent)
    for number in range(3):
        house.mail(number)
    owners = dict(Identity.objects.values_list("pk", "customer"))
    house.follow()
    for step in steps:
        house.step(*step)
        house.follow()
        check(house)
    house.undo_everything()
    house.follow()
    check(house)
    check_the_end(house, owners)


def in_its_own_world(channel: Channel, agent: Agent, steps: list[Any]) -> None:
    with transaction.atomic():
        live_through(channel, agent, steps)
        transaction.set_rollback(True)


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=1, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(steps=STEPS)
def test_any_way(support: Channel, priya: Agent, steps: list[Any]) -> None:
    in_its_own_world(support, priya, steps)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(steps=STEPS)
def test_many_ways(support: Channel, priya: Agent, steps: list[Any]) -> None:
    in_its_own_world(support, priya, steps)
