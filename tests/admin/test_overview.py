from django.test import Client

from conversations import receipts
from conversations.models import Agent, Channel, Heartbeat, Workspace
from conversations.services import intake
from tests.people import receive


def overview(admin: Client) -> str:
    return admin.get("/admin/").content.decode()


def test_counts_the_first_steps_down(admin: Client) -> None:
    assert "6 steps to go" in overview(admin)
    admin.post("/admin/conversations/workspace/add/", {"name": "Kalma"})
    page = overview(admin)
    assert "5 steps to go" in page
    assert "Kalma" in page


def test_the_first_message_and_the_first_colleague_count(
    admin: Client, support: Channel, priya: Agent
) -> None:
    receive(support, "dana@mail.example")
    assert "3 steps to go" in overview(admin)


def test_names_what_waits_for_somebody(admin: Client, support: Channel) -> None:
    assert "could not be understood" not in overview(admin)
    intake.process(receipts.record(support, "odd", b"?").pk)
    support.note_trouble("login_failed")
    page = overview(admin)
    assert "1 message could not be understood" in page
    assert "support is in trouble" in page


def test_says_when_the_clock_stands_still(admin: Client) -> None:
    import uuid

    assert "has never run" in overview(admin)
    Heartbeat.objects.beat("clock", uuid.uuid4())
    assert "clock process" not in overview(admin)


def test_the_workspace_is_one(admin: Client) -> None:
    Workspace.objects.create(name="Kalma")
    assert admin.get("/admin/conversations/workspace/add/").status_code == 403
    assert admin.get("/admin/conversations/workspace/")["Location"].endswith("/1/change/")


def test_speaks_the_agent_s_language_whatever_the_browser_s(admin: Client, lena: Agent) -> None:
    lena.language = "es"
    lena.save()
    page = admin.get("/admin/", headers={"accept-language": "en"}).content.decode()
    for words in ("Primeros pasos", "Quedan 6 pasos", "Envíos fallidos", "Cuarentena"):
        assert words in page
