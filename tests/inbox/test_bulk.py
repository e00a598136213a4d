"""One action over many cases: an outcome for each, one undo, and nothing twice."""

import threading
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from conversations.models import Agent, BulkJob, BulkRow, Case, Channel, RowState, Team
from conversations.services import assignment, bulk, priority, pruning, status, tags
from inbox.views import bulk as views
from tests.people import make_channel, receive
from tests.waiting import until_somebody_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(support: Channel) -> list[Case]:
    return [receive(support, f"c{n}@out.example", f"Words {n}").case for n in range(4)]


def do(desk: Client, what: str, cases: list[Case], **said: object) -> str:
    data = {"do": what, "case": [case.pk for case in cases], "q": "all", **said}
    data.setdefault("client_id", str(uuid.uuid4()))
    return desk.post("/inbox/bulk/", data, follow=True).content.decode()


def states(job: BulkJob | None = None) -> list[str]:
    rows = BulkRow.objects.filter(job=job or BulkJob.objects.latest("id"))
    return list(rows.order_by("pk").values_list("state", flat=True))


def statuses() -> set[str]:
    return set(Case.objects.values_list("status", flat=True))


def test_all_of_it_and_all_of_it_back(desk: Client, cases: list[Case]) -> None:
    page = do(desk, "resolve", cases)
    job = BulkJob.objects.get()
    assert statuses() == {"resolved"}
    assert "Done: 4 cases" in page
    assert f"/inbox/bulk/{job.pk}/undo" in page
    desk.post(f"/inbox/bulk/{job.pk}/undo")
    assert statuses() == {"open"}
    assert states() == ["undone"] * 4
    assert Case.objects.filter(waiting_since__isnull=False).count() == 4


def test_two_are_merged_where_both_are_seen(desk: Client, cases: list[Case]) -> None:
    page = do(desk, "merge", cases[:2])
    assert "Words 0" in page
    assert "Words 1" in page
    assert f"/inbox/c/{cases[0].pk}/merge/{cases[1].pk}" in page
    for chosen in (cases[:1], cases[:3]):
        assert "Choose the two cases that belong together." in do(desk, "merge", chosen)
    assert not BulkJob.objects.exists()


def test_the_list_stays_as_it_was_narrowed(desk: Client, cases: list[Case]) -> None:
    list_ = "/inbox/q/all/?tab=all&sort=oldest&waits=yes"
    shown = desk.get(list_).content.decode()
    back = "tab=all&sort=oldest&waits=yes"
    assert f'name="back" value="{back.replace("&", "&amp;")}"' in shown
    data = {"do": "resolve", "case": cases[0].pk, "q": "all", "back": back}
    answer = desk.post("/inbox/bulk/", {**data, "client_id": str(uuid.uuid4())})
    assert answer["Location"] == list_
    toast = desk.get(list_).content.decode()
    assert toast.count(f'name="back" value="{back.replace("&", "&amp;")}"') == 2
    undo = f"/inbox/bulk/{BulkJob.objects.get().pk}/undo"
    page = desk.post(undo, {"q": "all", "back": back}, headers={"HX-Request": "true"})
    assert page["HX-Redirect"] == list_
    assert "Undone: 1 case<" in desk.get(list_).content.decode()
    assert statuses() == {"open"}


@pytest.mark.parametrize(
    ("what", "column", "value"),
    [
        ("priority:3", "priority", 3),
        ("spam", "status", "spam"),
        ("tag:", "tags__name", "lost parcel"),
        ("snooze:2027-06-01T09:00:00Z", "status", "snoozed"),
    ],
)
def test_each_action_and_its_undo(
    desk: Client, cases: list[Case], what: str, column: str, value: object
) -> None:
    before = list(Case.objects.order_by("pk").values_list(column, flat=True))
    do(desk, what, cases, tag_name="Lost Parcel")
    assert Case.objects.filter(**{column: value}).count() == 4
    desk.post(f"/inbox/bulk/{BulkJob.objects.get().pk}/undo")
    assert list(Case.objects.order_by("pk").values_list(column, flat=True)) == before


def test_to_a_colleague_and_to_a_team(
    desk: Client, cases: list[Case], marco: Agent, warranty: Team
) -> None:
    do(desk, f"assign:{marco.pk}", cases[:2])
    assert Case.objects.filter(assignee=marco).count() == 2
    do(desk, f"move:{warranty.pk}", cases[:1])
    desk.post(f"/inbox/bulk/{BulkJob.objects.latest('id').pk}/undo")
    assert states() == ["kept"], "it is another team's by now: not ours to take back"


def test_what_is_refused_is_said_and_the_rest_done(
    desk: Client, cases: list[Case], warranty: Team, legal: Team, priya: Agent
) -> None:
    theirs = make_channel(warranty, name="warranty")
    theirs.is_own_topic = True
    theirs.save()
    other = receive(theirs, "c0@out.example", "Theirs").case
    secret = receive(make_channel(legal, name="counsel"), "x@out.example", "Hidden").case
    page = do(desk, "resolve", [cases[0], other, secret])
    assert sorted(states()) == ["done", "refused"], "what they may not see is in no job"
    assert "This case belongs to Warranty" in page
    assert "Hidden" not in page
    assert Case.objects.get(pk=secret.pk).status == "open"


def test_what_somebody_changed_since_is_kept(desk: Client, cases: list[Case], marco: Agent) -> None:
    do(desk, "resolve", cases)
    status.reopen(case_id=cases[0].pk, agent=marco)
    priority.prioritise(case_id=cases[1].pk, agent=marco, priority=3)
    job = BulkJob.objects.get()
    page = desk.post(f"/inbox/bulk/{job.pk}/undo", follow=True).content.decode()
    assert states() == ["kept", "undone", "undone", "undone"]
    assert "Changed since, and kept: 1." in page
    assert Case.objects.get(pk=cases[1].pk).priority == 3, "what the job did not touch stays"


def test_asking_twice_is_asking_once(desk: Client, cases: list[Case]) -> None:
    same = str(uuid.uuid4())
    for _ in range(2):
        do(desk, "priority:0", cases, client_id=same)
    assert BulkJob.objects.count() == 1
    assert cases[0].messages.filter(code="prioritised").count() == 1


def test_a_killed_worker_s_job_is_taken_up(cases: list[Case], priya: Agent) -> None:
    job = bulk.start(
        agent=priya, action="resolve", params={}, cases=Case.objects.all(), client_id=uuid.uuid4()
    )
    assert not bulk.run(job.pk, seconds=0)
    assert bulk.sweep() == 0, "somebody may still be at it"
    BulkJob.objects.update(worked_at="2001-01-01T00:00:00Z")
    assert bulk.sweep() == 1
    assert states() == [RowState.DONE] * 4
    assert bulk.sweep() == 0


def test_undo_in_the_middle_leaves_the_rest_alone(cases: list[Case], priya: Agent) -> None:
    job = bulk.start(
        agent=priya, action="resolve", params={}, cases=Case.objects.all(), client_id=uuid.uuid4()
    )
    bulk.undo(job_id=job.pk, agent=priya)
    assert bulk.run(job.pk)
    assert statuses() == {"open"}


def test_a_whole_list_wants_its_number(
    desk: Client, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ASK_FROM", 3)
    everything = {"all": "1", "tab": "all", "filter-assignee": "none"}
    page = do(desk, "resolve", [], **everything)
    assert "These are 4 cases" in page
    assert not BulkJob.objects.exists()
    assert "That is not their number" in do(desk, "resolve", [], **everything, number="5")
    do(desk, "resolve", [], **everything, number="4")
    assert statuses() == {"resolved"}


@pytest.mark.parametrize(
    ("what", "said", "says"),
    [
        ("explode", {}, "Nobody knows how"),
        ("snooze:never", {}, "not a date"),
        ("tag:", {"tag_name": " "}, "Give it a name"),
        ("resolve", {"case": []}, "Choose at least one case"),
        ("resolve", {"case": ["x", "99999999"]}, "Choose at least one case"),
    ],
)
def test_what_makes_no_sense_is_said(
    desk: Client, cases: list[Case], what: str, said: dict[str, object], says: str
) -> None:
    assert says in do(desk, what, cases, **said)
    assert not BulkRow.objects.exists()


def test_a_job_is_its_agent_s_alone(desk: Client, cases: list[Case], marco: Agent) -> None:
    do(desk, "resolve", cases)
    job = BulkJob.objects.get()
    other = Client()
    other.force_login(marco)
    assert other.get(f"/inbox/bulk/{job.pk}/").status_code == 404
    assert other.post(f"/inbox/bulk/{job.pk}/undo").status_code == 404
    assert statuses() == {"resolved"}


def test_a_row_that_breaks_holds_up_nothing(
    desk: Client, cases: list[Case], priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*, case_id: int, agent: Agent) -> None:
        if case_id == cases[0].pk:
            raise KeyError(case_id)
        status.resolve(case_id=case_id, agent=agent)

    monkeypatch.setitem(bulk.ACTIONS, "resolve", breaks)
    page = do(desk, "resolve", cases)
    assert states() == ["refused", "done", "done", "done"]
    assert "A fault of ours" in page


def test_a_macro_that_nobody_has_is_refused(desk: Client, cases: list[Case]) -> None:
    for what in ("macro", "macro:", "macro:99999"):
        do(desk, what, cases[:1])
        assert states() == ["refused"]
    assert bulk.sweep() == 0


def test_who_was_let_go_does_nothing_more(cases: list[Case], priya: Agent) -> None:
    job = bulk.start(
        agent=priya, action="resolve", params={}, cases=Case.objects.all(), client_id=uuid.uuid4()
    )
    Agent.objects.filter(pk=priya.pk).update(is_active=False)
    assert bulk.run(job.pk)
    assert states() == ["refused"] * 4
    assert statuses() == {"open"}


def test_undo_leaves_what_others_changed_beside_it(
    desk: Client, cases: list[Case], priya: Agent, warranty: Team
) -> None:
    case = cases[0]
    do(desk, "priority:3", [case])
    tags.replace(case_id=case.pk, agent=priya, names=["birds"])
    assignment.move(case_id=case.pk, agent=priya, team_id=warranty.pk)
    warranty.members.add(priya)
    desk.post(f"/inbox/bulk/{BulkJob.objects.get().pk}/undo")
    case.refresh_from_db()
    assert states() == ["undone"]
    assert case.priority == 1
    assert case.team == warranty
    assert [tag.name for tag in case.tags.all()] == ["birds"]


@pytest.mark.django_db(transaction=True)
def test_undo_while_a_worker_is_at_it(
    cases: list[Case], priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bulk.start(
        agent=priya, action="resolve", params={}, client_id=uuid.uuid4(), wakes=False,
        cases=Case.objects.filter(pk__in=[case.pk for case in cases]),
    )  # fmt: skip
    begun, failures = threading.Event(), []

    def slowly(**about: Any) -> object:
        begun.set()
        until_somebody_waits()
        return status.resolve(**about)

    def work() -> None:
        try:
            bulk.run(job.pk)
        except DatabaseError as error:
            failures.append(error)
        connection.close()

    monkeypatch.setitem(bulk.ACTIONS, "resolve", slowly)
    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(10)
    bulk.undo(job_id=job.pk, agent=priya)
    thread.join()
    bulk.run(job.pk)
    assert failures == []
    assert statuses() == {"open"}
    assert set(states(job)) == {"undone"}


def test_what_is_over_for_long_goes_and_what_is_not_stays(desk: Client, cases: list[Case]) -> None:
    do(desk, "resolve", cases)
    job = BulkJob.objects.get()
    assert pruning.prune() == 0
    BulkJob.objects.update(worked_at="2001-01-01T00:00:00Z")
    BulkRow.objects.filter(case=cases[0]).update(state="waiting")
    assert pruning.prune() == 0
    BulkRow.objects.update(state="done")
    assert pruning.prune() == 5
    for url in (f"/inbox/bulk/{job.pk}/", f"/inbox/bulk/{job.pk}/undo"):
        assert desk.post(url).status_code in {404, 405}
    assert desk.get(f"/inbox/bulk/{job.pk}/").status_code == 404
    assert statuses() == {"resolved"}
