"""Everything about a person, asked for at their page: written out, or erased and called off."""

import io
import zipfile

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, ClockTimestamp, Customer, Erasure, Role, Team
from conversations.services import erasure
from tests.people import make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Brandt", team, role=Role.ADMIN)


@pytest.fixture
def desk(client: Client, lena: Agent) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It stops", name="Dana", files={"a": "b"}).case


def number(case: Case) -> int:
    return case.conversation.customer_id


def test_an_export_is_asked_for_and_fetched(desk: Client, case: Case) -> None:
    page = desk.get(f"/inbox/customers/{number(case)}/").content.decode()
    assert "Export everything" in page
    ready = desk.post(f"/inbox/customers/{number(case)}/export", follow=True)
    assert "Ready:" in ready.content.decode()
    where = ready.request["PATH_INFO"] + "file"
    answered = desk.get(where)
    assert answered.headers["Content-Disposition"].startswith("attachment")
    assert answered.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(b"".join(answered.streaming_content))) as found:  # type: ignore[attr-defined]  # a file's answer has it
        assert "messages.json" in found.namelist()


def test_an_export_is_for_who_asked(desk: Client, case: Case, team: Team) -> None:
    asked = desk.post(f"/inbox/customers/{number(case)}/export", follow=True)
    other = Client()
    other.force_login(make_agent("Otto", team, role=Role.ADMIN))
    assert other.get(asked.request["PATH_INFO"]).status_code == 404
    assert other.get(asked.request["PATH_INFO"] + "file").status_code == 404


def test_erasing_asks_for_the_number_and_can_be_called_off(desk: Client, case: Case) -> None:
    url = f"/inbox/customers/{number(case)}/erase"
    shown = desk.get(url).content.decode()
    assert "Erase Dana" in shown
    wrong = desk.post(url, {"number": number(case) + 1})
    assert (wrong.status_code, "Nothing is erased" in wrong.content.decode()) == (422, True)
    assert not Erasure.objects.exists()
    waits = desk.post(url, {"number": number(case), "cause": "By mail"}, follow=True)
    assert "Call it off" in waits.content.decode()
    page = desk.get(f"/inbox/customers/{number(case)}/").content.decode()
    assert "Everything of this customer is erased" in page
    kept = desk.post(waits.request["PATH_INFO"] + "keep", follow=True)
    assert "Called off: nothing is erased" in kept.content.decode()
    assert Erasure.objects.get().state == "called_off"


def test_what_was_erased_is_told_without_a_name(desk: Client, case: Case) -> None:
    url = f"/inbox/customers/{number(case)}/erase"
    waits = desk.post(url, {"number": number(case)}, follow=True)
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 1
    done = desk.get(waits.request["PATH_INFO"]).content.decode()
    assert "Erased:" in done
    assert "Dana" not in done
    assert not Customer.objects.exists()
    too_late = desk.post(waits.request["PATH_INFO"] + "keep", follow=True)
    assert "there is no way back" in too_late.content.decode()
    assert desk.get(f"/inbox/customers/{number(case)}/").status_code == 404
    assert desk.get(f"/inbox/c/{case.pk}/").status_code == 404


def test_others_are_not_offered_it(client: Client, priya: Agent, case: Case) -> None:
    client.force_login(priya)
    assert (
        "Export everything" not in client.get(f"/inbox/customers/{number(case)}/").content.decode()
    )
    for path in ("export", "erase"):
        assert client.post(f"/inbox/customers/{number(case)}/{path}").status_code == 403
