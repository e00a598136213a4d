"""`explain_email [options] FILE…`: what would be made of a mail."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from channels_email.authentication import asking, live
from channels_email.authentication.lookups import Resolver
from channels_email.authentication.zones import Zones
from channels_email.config import edge_envelope, own_domain
from channels_email.explain import explain_apart
from channels_email.management.commands.receive_email import mails
from channels_email.models import EmailAccount
from conversations.adapters import registry
from conversations.adapters.base import EXAMINED
from conversations.adapters.messages import RawEvent


class Command(BaseCommand):
    help = "Prints one JSON object a mail: what would be made of it. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="- is standard input")
        parser.add_argument("--channel", default="", help="as if it had come to this channel")
        parser.add_argument(
            "--authserv-id", default="", help="whose Authentication-Results are trusted"
        )

        parser.add_argument(
            "--dns",
            type=Path,
            metavar="ZONES",
            help="a JSON file of TXT records to ask instead of the name servers",
        )

    def handle(self, *args: object, **options: object) -> None:
        envelope = _envelope(str(options["channel"]))
        if options["authserv_id"]:
            envelope["authserv_id"] = str(options["authserv_id"])
        own, resolver = _own_addresses(), _resolver(options["dns"])
        for name, body in mails(options["files"]):
            answers = _answers(body, envelope, resolver)
            found = explain_apart(
                body,
                domain=own_domain(),
                envelope={**envelope, EXAMINED: answers},
                own_addresses=own,
            )
            self.stdout.write(json.dumps({"file": name, **found}, ensure_ascii=False))


def _answers(body: bytes, envelope: dict[str, object], resolver: Resolver) -> dict[str, object]:
    """Asked from here, so that a dead name server is found dead once and not for every mail."""
    raw = RawEvent(body=body, received_at=datetime.now(UTC), envelope=envelope)
    return dict(asking.ask(raw, resolver))


def _resolver(path: object) -> Resolver:
    if not isinstance(path, Path):
        return live.resolver()
    try:
        return Zones.read(path)
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=64) from None


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
