"""Guaranteed delivery: what is to leave is a row first, and every way out of it is recorded.

A delivery is claimed with a lease by database time, the provider is called once, and the end is
settled under the lease: sent, failed, to be tried again, or unknown.
"""

from conversations.outbox.building import build
from conversations.outbox.ends import pause
from conversations.outbox.leases import LEASE, Lease, claim, due
from conversations.outbox.queue import (
    Instead,
    NotPublic,
    announce,
    cancel,
    enqueue,
    release,
    send_again,
)
from conversations.outbox.reports import apply_report, hear_late
from conversations.outbox.sending import deliver

__all__ = [
    "LEASE",
    "Instead",
    "Lease",
    "NotPublic",
    "announce",
    "apply_report",
    "build",
    "cancel",
    "claim",
    "deliver",
    "due",
    "enqueue",
    "hear_late",
    "pause",
    "release",
    "send_again",
]
