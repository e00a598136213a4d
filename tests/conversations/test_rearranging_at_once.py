"""Merges while mail arrives, and several agents at the same moment: nothing lost, nobody stuck."""

from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from conversations.models import Agent, Case, Channel, Conversation, Message, Rearrangement, Team
from conversations.services import intake, merge_cases, merge_customers, put_back
from conversations.services.errors import Conflict
from conversations.services.split import split
from tests.faults.children import DONE, KILLED, RAISED, in_child
from tests.people import answer, make_agent, receive, record
from tests.security.test_at_once import at_once, faults

pytestmark = pytest.mark.django_db(transaction=True)

DANA, ALSO, EVE = "dana@hey.example", "dana@work.example", "eve@out.example"


@pytest.fixture
def orders(settings: Settings, tmp_path: Path) -> Path:
    """What fail points are told to do."""
    path = tmp_path / "orders"
    settings.FAILPOINTS = str(path)
    path.write_text("")
    return path


def is_sound() -> bool:
    rows = Message.objects.select_related("case__conversation", "identity__customer")
    return all(
        m.conversation_id == m.case.conversation_id
        and m.case.merged_into_id is None
        and m.case.conversation.merged_into_id is None
        for m in rows
    )


def test_a_mail_that_arrives_during_a_merge_is_the_survivors(
    support: Channel, priya: Agent, orders: Path
) -> None:
    """Each waits in the middle of its work for the other to go on."""
    home, work = (receive(support, sender, sender).case for sender in (DANA, ALSO))
    lines = [f"{name}:{n}:sleep=0.2" for name in ("merge.after_locks", "intake.after_identity",
             "merge.after_rows") for n in range(1, 6)]  # fmt: skip
    orders.write_text("\n".join(lines))
    arriving = [
        record(support, {"from": sender, "text": f"{n}", "id": f"{n}@x", **how})
        for n, (sender, how) in enumerate(
            [(ALSO, {}), (ALSO, {"tokens": [home.reply_token]}), (DANA, {}),
             (DANA, {"tokens": [work.reply_token]}), (ALSO, {"tokens": [work.reply_token]})]
        )
    ]  # fmt: skip
    merge = partial(merge_customers.merge, case_id=home.pk, agent=priya, other_case_id=work.pk)
    found = at_once([merge, *(partial(intake.process, r.pk) for r in arriving)])
    assert not faults(found)
    assert is_sound()
    assert Message.objects.filter(identity__isnull=False).count() == 7
    assert set(Message.objects.values_list("conversation", flat=True)) == {home.conversation_id}
    put_back.undo(rearrangement_id=Rearrangement.objects.get().pk, agent=priya)
    assert is_sound()


def test_a_mail_that_arrives_during_an_undo_is_its_owners(
    support: Channel, priya: Agent, orders: Path
) -> None:
    home, work = (receive(support, sender, sender).case for sender in (DANA, ALSO))
    entry = merge_customers.merge(case_id=home.pk, agent=priya, other_case_id=work.pk)
    orders.write_text("\n".join(f"intake.after_identity:{n}:sleep=0.2" for n in range(1, 9)))
    arriving = [
        record(support, {"from": sender, "text": f"{n}", "id": f"{n}@x"})
        for n, sender in enumerate([ALSO, DANA, ALSO, DANA])
    ]
    undo = partial(put_back.undo, rearrangement_id=entry.pk, agent=priya)
    jobs: list[Any] = [undo, *(partial(intake.process, r.pk) for r in arriving)]
    jobs += [partial(answer, work, priya, "A", to=[ALSO]), partial(answer, home, priya, "A")]
    assert not faults(at_once(jobs))
    assert is_sound()
    for message in Message.objects.filter(identity__isnull=False).select_related("conversation"):
        assert message.identity
        assert message.identity.customer_id == message.conversation.customer_id


def test_merges_in_a_circle_end(support: Channel, priya: Agent) -> None:
    cases = [receive(support, sender, sender).case for sender in (DANA, ALSO, EVE)]
    jobs = [
        partial(merge_customers.merge, case_id=one.pk, agent=priya, other_case_id=other.pk)
        for one, other in permutations(cases, 2)
    ]
    assert not faults(at_once(jobs))
    assert is_sound()
    assert Conversation.objects.filter(merged_into=None).count() == 1
    assert Rearrangement.objects.count() == 2


def test_two_agents_one_of_whom_is_told(support: Channel, team: Team, priya: Agent) -> None:
    """The same messages split by two, then the same cases merged by two, then undone by two."""
    lena = make_agent("Lena Ortiz", team)
    case = receive(support, DANA, "One").case
    other = receive(support, DANA, "Two")
    job = partial(split, case_id=case.pk, message_ids=[other.pk])
    found = at_once([partial(job, agent=agent) for agent in (priya, lena)])
    _one_told(found, "messages_moved")
    new = Case.objects.latest("pk")
    join = partial(merge_cases.merge, case_id=case.pk, other_id=new.pk)
    found = at_once([partial(join, agent=agent) for agent in (priya, lena)])
    _one_told(found, "already_merged")
    entry = Rearrangement.objects.latest("pk")
    undo = partial(put_back.undo, rearrangement_id=entry.pk)
    found = at_once([partial(undo, agent=agent) for agent in (priya, lena)])
    _one_told(found, "already_undone")
    assert is_sound()


def _one_told(found: list[Any], code: str) -> None:
    told = [one for one in found if isinstance(one, Conflict)]
    assert [(one.code, one.params["who"] in {"Priya Nair", "Lena Ortiz"}) for one in told] == [
        (code, True)
    ]


@pytest.mark.faults
@pytest.mark.parametrize("action", ["kill", "raise"])
@pytest.mark.parametrize("name", ["after_locks", "after_rows", "before_commit", "after_commit"])
def test_a_merge_that_dies_has_not_begun_or_is_done(
    support: Channel, priya: Agent, orders: Path, name: str, action: str
) -> None:
    home, work = (receive(support, sender, sender).case for sender in (DANA, ALSO))
    orders.write_text(f"merge.{name}:1:{action}")
    merge = partial(merge_customers.merge, case_id=home.pk, agent=priya, other_case_id=work.pk)
    assert in_child(merge, orders) == (KILLED if action == "kill" else RAISED)
    assert Rearrangement.objects.count() == (1 if name == "after_commit" else 0)
    assert is_sound()
    assert in_child(merge, orders) == DONE
    assert Rearrangement.objects.count() == 1
    assert is_sound()
    assert Conversation.objects.filter(merged_into=None).count() == 1
