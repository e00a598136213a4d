"""What we do at a visitor's case right now, as far as the visitor may know."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from channels_chat import mail, standing
from channels_chat.entries import Thread
from conversations import presence
from conversations.models import Agent, BlockedSender, ReadMark
from conversations.presence import State

Frame = dict[str, Any]
QUIET: Frame = {"who": None, "on": False}
AT_FIRST: Frame = {"typing": QUIET, "read": None, "ask_address": False, "blocked": False}
"""What a frame takes for true until it is told otherwise."""
LOOKS_AGAIN = 5.0
"""Seconds until it is looked again whether somebody still writes."""


def of(thread: Thread) -> Frame:
    """Frames by their type; see `frame`."""
    case = thread.case
    if case is None:
        return {}
    read = ReadMark.objects.filter(case=case).aggregate(at=Max("read_at"))["at"]
    return {
        "typing": _typing(case.pk),
        "read": read.isoformat() if read else None,
        "ask_address": _lacks_address(thread),
        "blocked": BlockedSender.objects.covers(thread.visitor.value),
    }


def _lacks_address(thread: Thread) -> bool:
    """Whether something waits unseen that can go nowhere, or could come to: who wrote is asked at
    once, for they may be gone when the answer comes."""
    if any(thread.unseen):
        return True
    if standing.address_of(thread)[0]:
        return False
    return mail.channel_of(thread.visitor.channel.chat_settings) is not None


def _typing(case_id: int) -> Frame:
    """Who writes an answer; who writes a note does not write to the visitor."""
    here = presence.writing([case_id], but=presence.CUSTOMER).get(case_id)
    states = here.states if here else {}
    writer = next((agent for agent, state in states.items() if state is State.REPLY), None)
    if writer is None:
        return QUIET
    name = Agent.objects.filter(pk=writer).values_list("first_name", flat=True).first()
    return {"who": name or None, "on": True}


def frame(kind: str, value: Any) -> Frame:
    """A frame of a type, from what is told when it changes."""
    if kind == "typing":
        return {"type": kind, **value}
    if kind == "read":
        return {"type": kind, "at": value}
    if kind in {"ask_address", "blocked"}:
        return {"type": kind}
    return {"type": kind, kind: value}
