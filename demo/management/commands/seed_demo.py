"""Create the demo company once."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from conversations.models import Agent, Channel, Conversation


class Command(BaseCommand):
    help = "Create the demo company Kalma on an empty hub. On any other it does nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.OMNIHUB_DEMO:
            raise CommandError("This is no demo: OMNIHUB_DEMO is not set.")
        words = found() if apps.is_installed("channels_email") else "It needs the e-mail channel."
        if options["verbosity"]:
            self.stdout.write(words)


def found() -> str:
    """All or nothing: one transaction founds the company, so half of it never exists."""
    from demo import company, logins
    from demo.telling import Teller

    with transaction.atomic():
        if not is_empty():
            return "This hub is not empty: nothing was done."
        password = logins.make_password()
        mail = company.found(password)
        if apps.is_installed("channels_chat"):
            from demo import shop

            shop.open_chat(mail)
        Teller(mail).tell()
        path = logins.write(password)
    return f"The demo company is ready; its logins are in {path}."


def is_empty() -> bool:
    return not any(model.objects.exists() for model in (Agent, Channel, Conversation))
