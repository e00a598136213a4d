"""A channel's password goes in and never comes out: not in HTML, history, logs or mails."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection as database
from django.test import Client
from pytest_django import Settings

from conversations.models import Channel, Team
from tests.admin.test_doors import pages

pytest.importorskip("channels_email.admin")

CANARY = "canary-4471-Zq7!xW"
LIST = "/admin/conversations/channel/"


@pytest.fixture(autouse=True)
def email(provider: object, settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = ["channels_email.adapter.EmailAdapter"]


def form(team: Team, **more: Any) -> dict[str, Any]:
    return {
        "label": "Support", "name": "support", "team": team.pk, "reply_target": "15",
        "language": "en", "email_account-TOTAL_FORMS": "1", "email_account-INITIAL_FORMS": "0",
        "email_account-0-address": "support@kalma.example", "email_account-0-imap_port": "993",
        "email_account-0-imap_security": "tls", "email_account-0-imap_folder": "INBOX",
        "email_account-0-imap_password": CANARY, "email_account-0-history": "now",
        "email_account-0-smtp_port": "587", "email_account-0-smtp_security": "starttls",
        "email_account-0-smtp_password": CANARY, "email_account-0-plus_addressing": "on",
        "mail_provider-TOTAL_FORMS": "0", "mail_provider-INITIAL_FORMS": "0",
        **more,
    }  # fmt: skip


@pytest.fixture
def connected(admin: Client, team: Team) -> Channel:
    answer = admin.post(LIST + "add/", form(team))
    assert answer.status_code == 302, answer.context["errors"]
    return Channel.objects.get()


def test_no_page_of_the_admin_shows_a_secret(
    admin: Client, connected: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    from channels_email.models import EmailAccount

    assert EmailAccount.objects.get().imap_password == CANARY
    addresses = pages()
    assert f"{LIST}{connected.pk}/change/" in addresses
    shown = [
        page for page in addresses if CANARY in admin.get(page).content.decode(errors="replace")
    ]
    assert not shown
    assert CANARY not in caplog.text
    assert not any(CANARY in entry.change_message for entry in LogEntry.objects.all())
    assert not any(CANARY in str(message.message()) for message in mail.outbox)


def test_a_refused_form_does_not_give_it_back(admin: Client, team: Team) -> None:
    answer = admin.post(LIST + "add/", form(team, name="not a slug"))
    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()


def test_it_lies_encrypted(connected: Channel) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM channels_email_emailaccount a")
        assert CANARY not in str(cursor.fetchall())


def test_an_empty_field_keeps_it(admin: Client, connected: Channel, team: Team) -> None:
    from channels_email.models import EmailAccount

    known = {
        "email_account-INITIAL_FORMS": "1",
        "email_account-0-id": EmailAccount.objects.get().pk,
        "email_account-0-channel": connected.pk,
        "email_account-0-imap_password": "",
        "email_account-0-smtp_password": "",
        "email_account-0-display_name": "Kalma",
    }
    answer = admin.post(f"{LIST}{connected.pk}/change/", form(team, **known))
    assert answer.status_code == 302, answer.context["errors"]
    account = EmailAccount.objects.get()
    assert (account.display_name, account.imap_password) == ("Kalma", CANARY)
