"""The mail provider on a channel's page: none unless somebody chooses one."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from channels_email.config import config_of
from conversations.models import Channel, Team
from tests.admin.test_secrets import LIST, form

pytest.importorskip("channels_email.provider_admin")


@pytest.fixture(autouse=True)
def email(provider: object, settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = ["channels_email.adapter.EmailAdapter"]


def as_a_browser_sends(page: Any) -> dict[str, str]:
    """The provider's part untouched: of a list nobody touched, the chosen or the first row goes."""
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    found = next(formset for formset in formsets if formset.prefix == "mail_provider")
    rows = [option.data for option in found.forms[0]["name"].subwidgets]
    chosen = next((row for row in rows if row["selected"]), rows[0])
    return {"mail_provider-TOTAL_FORMS": "1", "mail_provider-0-name": str(chosen["value"])}


def save(admin: Client, team: Team, **more: str) -> Channel:
    untouched = as_a_browser_sends(admin.get(LIST + "add/"))
    answer = admin.post(LIST + "add/", form(team, **{**untouched, **more}))
    assert answer.status_code == 302, answer.context["errors"]
    return Channel.objects.get()


def test_a_new_channel_sends_by_its_own_server(admin: Client, team: Team) -> None:
    assert not hasattr(save(admin, team), "mail_provider")


def test_saving_a_channel_again_brings_no_provider(admin: Client, team: Team) -> None:
    channel = save(admin, team)
    address = f"{LIST}{channel.pk}/change/"
    account = {
        "email_account-INITIAL_FORMS": "1",
        "email_account-0-id": str(channel.email_account.pk),
        "email_account-0-channel": str(channel.pk),
    }
    untouched = as_a_browser_sends(admin.get(address))
    answer = admin.post(address, form(team, **account, **untouched))
    assert answer.status_code == 302, answer.context["errors"]
    assert not hasattr(Channel.objects.get(), "mail_provider")


def test_the_first_of_the_list_can_be_chosen(admin: Client, team: Team) -> None:
    channel = save(admin, team, **{"mail_provider-0-name": "amazon_ses"})
    assert channel.mail_provider.name == "amazon_ses"


def test_a_provider_without_its_keys_does_not_send_yet(admin: Client, team: Team) -> None:
    channel = save(admin, team, **{"mail_provider-0-name": "postmark"})
    assert not config_of(channel.email_account).sends_by_provider
    channel.mail_provider.api_key = "token"
    channel.mail_provider.save()
    assert config_of(Channel.objects.get().email_account).sends_by_provider
