import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent, Case, Channel, Role, Team
from tests.admin.conftest import said
from tests.people import receive

LIST = "/admin/conversations/agent/"
PASSWORD = "correct horse battery staple"


def invite(admin: Client, **said: Any) -> Any:
    form = {
        "name": "Marco Reyes",
        "email": "marco@staff.example",
        "role": "agent",
        "language": "en",
    }
    return admin.post(LIST + "add/", {**form, **said})


def link_in(text: object) -> str:
    found = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", str(text))
    assert found
    return found[1]


def choose_password(client: Client, path: str) -> Any:
    """Follow a link as a browser does: it hides the token, then takes the password."""
    page = client.get(path)
    if page.status_code != 302:
        return page
    return client.post(page["Location"], {"password1": PASSWORD, "password2": PASSWORD})


def test_invites_by_mail_and_the_link_opens_the_house(
    admin: Client, team: Team, settings: Settings
) -> None:
    settings.OMNIHUB_URL = "https://hub.example"
    page = invite(admin, teams=[team.pk]).content.decode()
    assert "We wrote to" in page
    assert "/reset/key/" not in page
    marco = Agent.objects.get(email="marco@staff.example")
    assert (str(marco), marco.username, marco.is_staff) == ("Marco Reyes", "marco", False)
    assert list(marco.teams.all()) == [team]
    assert "https://hub.example/accounts/password/reset/key/" in mail.outbox[0].body
    guest = Client()
    choose_password(guest, link_in(mail.outbox[0].body))
    assert guest.login(username="marco", password=PASSWORD)


def test_an_invitation_works_once(admin: Client) -> None:
    invite(admin)
    path = link_in(mail.outbox[0].body)
    choose_password(Client(), path)
    before = Agent.objects.get(username="marco").password
    choose_password(Client(), path)
    assert Agent.objects.get(username="marco").password == before


def test_an_invitation_lasts_a_day(admin: Client, time_machine: Any) -> None:
    invite(admin)
    path = link_in(mail.outbox[0].body)
    from datetime import UTC, datetime, timedelta

    time_machine.move_to(datetime.now(UTC) + timedelta(hours=24, seconds=2))
    choose_password(Client(), path)
    assert not Agent.objects.get(username="marco").has_usable_password()


def test_inviting_again_ends_the_earlier_link(admin: Client) -> None:
    invite(admin)
    marco = Agent.objects.get(username="marco")
    admin.post(f"{LIST}{marco.pk}/invite/", {"yes": "1"})
    first, second = (link_in(message.body) for message in mail.outbox)
    choose_password(Client(), first)
    marco.refresh_from_db()
    assert not marco.has_usable_password()
    choose_password(Client(), second)
    marco.refresh_from_db()
    assert marco.has_usable_password()


def test_without_mail_the_link_is_shown_to_the_admin(admin: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(settings.OMNIHUB_DATA)
    answer = invite(admin)
    page = answer.content.decode()
    assert "Mail of the house is not set up" in page
    assert "no-store" in answer["Cache-Control"]
    choose_password(Client(), link_in(page.replace('"', " ")))
    assert Agent.objects.get(username="marco").has_usable_password()


def test_when_the_mail_fails_the_link_is_shown_too(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr("conversations.services.colleagues.send_mail", refuse)
    page = invite(admin).content.decode()
    assert "The mail could not be sent" in page
    assert "/reset/key/" in page


def test_the_link_is_nowhere_in_the_history(admin: Client) -> None:
    invite(admin)
    marco = Agent.objects.get(username="marco")
    token = link_in(mail.outbox[0].body).rsplit("-", 1)[1]
    for page in (f"{LIST}{marco.pk}/history/", f"{LIST}{marco.pk}/change/", "/admin/"):
        assert token not in admin.get(page).content.decode()


def test_an_admins_role_opens_the_admin_and_losing_it_closes_it(
    admin: Client, priya: Agent
) -> None:
    form = {
        "first_name": "Priya", "last_name": "Nair", "email": priya.email, "role": "admin",
        "language": "en", "time_zone": "UTC", "signature": "",
    }  # fmt: skip
    page = f"{LIST}{priya.pk}/change/"
    admin.post(page, form)
    priya.refresh_from_db()
    assert (priya.role, priya.is_staff) == (Role.ADMIN, True)
    admin.post(page, {**form, "role": "agent"})
    priya.refresh_from_db()
    assert (priya.role, priya.is_staff) == (Role.AGENT, False)


def test_rights_are_not_taken_by_crafted_fields(admin: Client, priya: Agent) -> None:
    form = {
        "first_name": "P", "last_name": "N", "email": priya.email, "role": "agent",
        "language": "en", "time_zone": "UTC", "is_superuser": "on", "is_staff": "on",
        "password": "x",
    }  # fmt: skip
    before = priya.password
    admin.post(f"{LIST}{priya.pk}/change/", form)
    priya.refresh_from_db()
    assert (priya.is_superuser, priya.is_staff, priya.password) == (False, False, before)


def test_nobody_locks_themselves_out(admin: Client, lena: Agent) -> None:
    form = {
        "first_name": "Lena", "last_name": "Brandt", "email": lena.email, "role": "agent",
        "language": "en", "time_zone": "UTC",
    }  # fmt: skip
    assert "your own rights" in admin.post(f"{LIST}{lena.pk}/change/", form).content.decode()
    admin.post(f"{LIST}{lena.pk}/dismiss/", {"yes": "1"})
    lena.refresh_from_db()
    assert (lena.role, lena.is_active) == (Role.ADMIN, True)


def test_one_address_is_one_agent(admin: Client, priya: Agent) -> None:
    page = invite(admin, email=priya.email.upper()).content.decode()
    assert "works here already" in page


def test_a_second_of_the_same_name_gets_a_handle_of_their_own(admin: Client) -> None:
    invite(admin)
    invite(admin, email="marco@elsewhere.example")
    assert {"marco", "marco1"} <= set(Agent.objects.values_list("username", flat=True))


def test_letting_go_ends_sessions_and_frees_cases(
    admin: Client, priya: Agent, support: Channel
) -> None:
    theirs = Client()
    theirs.force_login(priya)
    case = receive(support, "dana@mail.example").case
    Case.objects.filter(pk=case.pk).update(assignee=priya)
    dismiss = f"{LIST}{priya.pk}/dismiss/"
    assert "1 open cases" in admin.get(dismiss).content.decode()
    admin.post(dismiss, {"yes": "1"})
    case.refresh_from_db()
    assert case.assignee is None
    assert "_auth_user_id" not in theirs.get("/admin/").wsgi_request.session or (
        not theirs.get("/admin/").wsgi_request.user.is_authenticated
    )
    admin.post(dismiss, {"yes": "1"})
    priya.refresh_from_db()
    assert priya.is_active


def test_a_link_of_somebody_who_was_let_go_opens_nothing(admin: Client) -> None:
    invite(admin)
    Agent.objects.filter(username="marco").update(is_active=False)
    choose_password(Client(), link_in(mail.outbox[0].body))
    assert not Agent.objects.get(username="marco").has_usable_password()


def test_agents_are_not_deleted(admin: Client, priya: Agent) -> None:
    assert admin.post(f"{LIST}{priya.pk}/delete/", {"post": "yes"}).status_code == 403


def test_invites_in_the_agents_language(admin: Client) -> None:
    invite(admin, language="es")
    assert mail.outbox[0].subject == "Lena Brandt te invita a OmniHub"
    assert "Elige aquí una contraseña" in mail.outbox[0].body


def test_a_known_agent_gets_a_link_to_set_another_password(admin: Client, priya: Agent) -> None:
    answer = admin.post(f"{LIST}{priya.pk}/invite/", {"yes": "1"})
    assert answer.status_code == 200
    assert priya.check_password("sesame")
    assert "/reset/key/" in mail.outbox[0].body


def test_says_no_to_somebody_who_was_let_go(admin: Client, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(is_active=False)
    answer = admin.post(f"{LIST}{priya.pk}/invite/", {"yes": "1"}, follow=True)
    assert said(answer) == ["This agent is deactivated."]
    assert not mail.outbox
