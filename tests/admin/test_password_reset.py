import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent
from tests.admin.test_agents import PASSWORD, choose_password, link_in

ASK = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def patient(db: None) -> None:
    cache.clear()  # attempts are counted there


def ask(email: str, **headers: str) -> Any:
    return Client().post(ASK, {"email": email}, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost"},
        {"x-forwarded-host": "evil.example"},
        {"host": "127.0.0.1:80", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"},
        {"forwarded": "host=evil.example"},
    ],
)
def test_links_come_from_settings_whatever_the_request_says(
    priya: Agent, settings: Settings, headers: dict[str, str]
) -> None:
    settings.OMNIHUB_URL = "https://hub.example"
    ask(priya.email, **headers)
    body = str(mail.outbox[0].body)
    assert set(re.findall(r"https?://[^/\s]+", body)) == {"https://hub.example"}
    assert not re.search(r"evil|localhost|127\.0\.0\.1|testserver", body)


def test_a_foreign_host_is_refused(priya: Agent) -> None:
    assert ask(priya.email, host="evil.example").status_code == 400
    assert not mail.outbox


def test_the_link_works_once(priya: Agent) -> None:
    ask(priya.email)
    path = link_in(mail.outbox[0].body)
    choose_password(Client(), path)
    priya.refresh_from_db()
    assert priya.check_password(PASSWORD)
    choose_password(Client(), path)
    after = Agent.objects.get(pk=priya.pk)
    assert after.password == priya.password


def test_answers_the_same_for_nobody(priya: Agent) -> None:
    known, unknown = ask(priya.email), ask("nobody@mail.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [[priya.email]]


@pytest.mark.parametrize("token", ["", "%20", "%00", "null", "None", "0", "set-password", "a-b"])
def test_an_empty_or_invented_token_opens_nothing(priya: Agent, token: str) -> None:
    ask(priya.email)
    uid = re.search(r"/key/(\w+)-", str(mail.outbox[0].body))
    assert uid
    before = priya.password
    for path in (f"{ASK}key/{uid[1]}-{token}/", f"{ASK}key/-{token}/", f"{ASK}key/{uid[1]}/"):
        guest = Client()
        answer = guest.post(path, {"password1": PASSWORD, "password2": PASSWORD})
        assert answer.status_code in {200, 400, 404}
        choose_password(guest, path)
    priya.refresh_from_db()
    assert priya.password == before


def test_letters_of_another_case_are_another_token(priya: Agent) -> None:
    ask(priya.email)
    path = link_in(mail.outbox[0].body)
    head, _, token = path.rpartition("-")
    choose_password(Client(), f"{head}-{token.upper()}")
    priya.refresh_from_db()
    assert priya.check_password("sesame")
