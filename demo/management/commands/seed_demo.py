"""Create the demo company once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from conversations.models import Agent, Channel, Conversation
from demo import company, logins
from demo.telling import Teller


class Command(BaseCommand):
    help = "Create the demo company Kalma on an empty hub. On any other it does nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.OMNIHUB_DEMO:
            raise CommandError("This is no demo: OMNIHUB_DEMO is not set.")
        with transaction.atomic():
            if not is_empty():
                self._say("This hub is not empty: nothing was done.", options)
                return
            password = logins.make_password()
            Teller(company.found(password)).tell()
            path = logins.write(password)
        self._say(f"The demo company is ready; its logins are in {path}.", options)

    def _say(self, words: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stdout.write(words)


def is_empty() -> bool:
    """All or nothing: one transaction founds the company, so half of it never exists."""
    return not any(model.objects.exists() for model in (Agent, Channel, Conversation))
