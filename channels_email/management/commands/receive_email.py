"""A mail server's pipe: `receive_email CHANNEL [FILE…|-]`."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from channels_email import edge
from conversations.faults import failpoint
from conversations.models import Channel, Receipt
from conversations.services import intake


class Command(BaseCommand):
    help = (
        "Takes mails in: files, or one from standard input. Ends with 0 after they are safe, "
        "with 75 when the mail server should try again later."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Options may stand anywhere: plain argparse refuses files after one."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", help="name of an e-mail channel")
        parser.add_argument(
            "files", nargs="*", default=["-"], metavar="FILE", help="- is standard input"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a mail")

    def handle(self, *args: object, **options: object) -> None:
        try:
            channel = self._channel(str(options["channel"]))
            for name, body in mails(options["files"]):
                self._show(name, _receive(channel, body), as_json=bool(options["json"]))
        except (Error, OSError) as error:
            raise CommandError(f"Try again later: {error}", returncode=os.EX_TEMPFAIL) from error

    def _channel(self, name: str) -> Channel:
        channel = Channel.objects.filter(kind="email", name=name).first()
        if channel is None:
            raise CommandError(f"There is no e-mail channel named {name}.", returncode=os.EX_USAGE)
        return channel

    def _show(self, name: str, receipt: Receipt, *, as_json: bool) -> None:
        line = {
            "file": name,
            "receipt": receipt.pk,
            "sha256": receipt.blob.sha256,
            "state": receipt.state,
            "case": receipt.case_id,
            "reason": receipt.reason_code,
        }
        self.stdout.write(json.dumps(line) if as_json else f"{receipt.state} {name}")


def mails(names: object) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file.

    Every file is opened before the first is taken in, so that a typing error changes nothing.
    """
    wanted = [str(name) for name in names] if isinstance(names, list) else []
    for name in wanted:
        if name != "-" and (Path(name).is_dir() or not os.access(name, os.R_OK)):
            raise CommandError(f"{name} cannot be read.", returncode=os.EX_NOINPUT)
    for name in wanted:
        yield name, sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _receive(channel: Channel, body: bytes) -> Receipt:
    """Safe first, then understood. A bad mail is set aside, which is a success."""
    failpoint("pipe.before_record")
    receipt = edge.keep(channel, body, door="pipe", wakes=False)
    failpoint("pipe.after_record")
    try:
        return intake.process(receipt.pk)
    except Error:
        receipt.refresh_from_db()  # it is kept; the clock process takes it up again
        return receipt
