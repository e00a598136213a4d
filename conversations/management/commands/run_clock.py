"""The clock process: sweeps by database time, and listens at the channels' mailboxes."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from conversations.clock import Clock


class Command(BaseCommand):
    help = "Run the clock: due deliveries, stored receipts, mailboxes. Ends on SIGINT or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        clock = Clock()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: clock.stop())
        clock.run()
