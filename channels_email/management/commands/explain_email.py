"""`explain_email [--channel NAME] [--authserv-id HOST] FILE…`: what would be made of a mail."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from channels_email.config import edge_envelope, own_domain
from channels_email.explain import explain_apart
from channels_email.management.commands.receive_email import mails
from channels_email.models import EmailAccount
from conversations.adapters import registry


class Command(BaseCommand):
    help = "Prints one JSON object a mail: what would be made of it. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="- is standard input")
        parser.add_argument("--channel", default="", help="as if it had come to this channel")
        parser.add_argument(
            "--authserv-id", default="", help="whose Authentication-Results are trusted"
        )

    def handle(self, *args: object, **options: object) -> None:
        envelope = _envelope(str(options["channel"]))
        if options["authserv_id"]:
            envelope["authserv_id"] = str(options["authserv_id"])
        own = _own_addresses()
        for name, body in mails(options["files"]):
            found = explain_apart(body, domain=own_domain(), envelope=envelope, own_addresses=own)
            self.stdout.write(json.dumps({"file": name, **found}, ensure_ascii=False))


def _envelope(channel: str) -> dict[str, object]:
    if not channel:
        return {}
    account = EmailAccount.objects.filter(channel__name=channel).first()
    if account is None:
        raise CommandError(f"There is no e-mail channel named {channel}.", returncode=64)
    return edge_envelope(account)


def _own_addresses() -> frozenset[str]:
    """None where there is no database yet: a mail can be explained all the same."""
    try:
        return registry.own_addresses()
    except Error:
        return frozenset()
