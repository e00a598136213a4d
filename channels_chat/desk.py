"""What a socket does in the database, one call a frame. Each call asks anew who the visitor is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext, override

from channels_chat import (
    addresses,
    continuation,
    doings,
    entries,
    flood,
    identify,
    origins,
    proofs,
    rating,
    raw,
    saying,
    standing,
    trail,
    visitors,
)
from channels_chat.entries import Thread
from channels_chat.errors import Problem
from channels_chat.models import ChatSettings, Visitor
from conversations import presence
from conversations.models import BlockedSender, Case
from conversations.services import inviting
from conversations.services.errors import Refused

Frame = dict[str, Any]
PROOFS, CLAIMS, VIDEOS = 30, 10, 3
"""In a minute: proofs from one address of the net, claims and links for a video of one visitor."""


class TokenGone(Exception):
    """It was replaced or given up elsewhere."""


class Paused(Exception):
    """The chat takes nothing and shows nothing for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A socket's: whose it is, by the token's hash, and what its frame was told so far.

    `told` repeats the last frames of a type that are said only when they change.
    """

    settings: ChatSettings
    remote: str
    token_hash: str = ""
    revision: int = 0
    thread: int | None = None
    case: int | None = None
    visitor: int | None = None
    language: str = "en"
    told: Mapping[str, Any] | None = None

    @property
    def channel_id(self) -> int:
        return self.settings.channel_id


TEAM_FOR = 3.0
"""Seconds for which what was found out about a team holds for everybody who comes."""
_teams: dict[int, tuple[float, Frame]] = {}


def _team(settings: ChatSettings) -> Frame:
    """Asked for many visitors at once, and the same for all of them."""
    until, known = _teams.get(settings.pk, (0.0, {}))
    if time.monotonic() >= until:
        known = standing.team_of(settings)
        _teams[settings.pk] = time.monotonic() + TEAM_FOR, known
    return known


Answer = tuple[Session, list[Frame]]


def whose(session: Session) -> Visitor | None:
    """The visitor; None when there is none yet. Raises TokenGone, or Paused."""
    if not session.token_hash:
        return None
    visitor = visitors.by_digest(session.settings, session.token_hash)
    if visitor is None:
        raise TokenGone
    if not visitor.channel.is_active:
        raise Paused
    return visitor


def _somebody(session: Session) -> Visitor:
    visitor = whose(session)
    if visitor is None:
        raise Problem("no_visitor")
    return visitor


def hello(session: Session, frame: Frame) -> Answer:
    """Where things stand, and what was said since the frame was here last."""
    language = raw.clean(frame.get("locale"), 16) or session.settings.channel.language
    session = replace(session, language=language)
    visitor = visitors.by_token(session.settings, frame.get("token"))
    if visitor is None:
        team = _team(session.settings)
        welcome = {**_NOBODY, "expired": bool(frame.get("token")), "team": team}
        return replace(session, told={"team": team}), [welcome]
    visitors.note_shown(visitor)
    session = replace(session, token_hash=visitor.token_hash)
    return welcomed(session, visitor, after=frame.get("after"))


_NOBODY: Frame = {
    "type": "welcome",
    "visitor": {
        "known": False,
        "name": "",
        "address": "",
        "address_state": "none",
        "identified": False,
        "blocked": False,
    },
    "revision": 0,
    "entries": [],
    "gone": [],
    "more": False,
    "reset": True,
    "case": None,
    "expired": False,
}


def welcomed(session: Session, visitor: Visitor, *, after: object = 0) -> Answer:
    thread = standing.thread_of(visitor)
    known = after if isinstance(after, int) and 0 < after <= thread.revision else 0
    if known and known == thread.revision:
        told = {"revision": known, "reset": False, "entries": [], "gone": []}
    else:
        told = entries.since(thread, known) or entries.latest(thread)
    case, team = standing.case_of(thread), _team(session.settings)
    welcome: Frame = {
        **_NOBODY,
        **told,
        "visitor": standing.visitor_of(thread),
        "case": case,
        "team": team,
    }
    session = _at(session, thread, case, {"case": case, "team": team})
    return session, [welcome]


def _at(session: Session, thread: Thread, case: Frame | None, told: Mapping[str, Any]) -> Session:
    return replace(
        session,
        token_hash=thread.visitor.token_hash,
        visitor=thread.visitor.pk,
        thread=thread.conversation.pk if thread.conversation else None,
        revision=thread.revision,
        case=case["id"] if case else None,
        told={**(session.told or {}), **told},
    )


def news(session: Session, *, is_beat: bool) -> Answer:
    """What changed since the last time; of the team, and the chat itself, at a heartbeat alone.

    Raises TokenGone, or Paused.
    """
    if is_beat:
        session = replace(session, settings=_settings_now(session))
    visitor = whose(session)
    team = {"team": _team(session.settings)} if is_beat else {}
    if visitor is None:
        return _only_new(session, team)
    thread = standing.thread_of(visitor)
    has_moved = session.thread is not None and _pk(thread) != session.thread
    is_first = session.revision == 0 and thread.conversation is not None
    if has_moved or is_first:
        told: Frame | None = entries.latest(thread)
    else:
        told = entries.since(thread, session.revision)
    case = standing.case_of(thread)
    frames: list[Frame] = [{"type": "entries", **told}] if told else []
    session, rest = _only_new(session, {"case": case, **doings.of(thread), **team})
    return _at(session, thread, case, {}), [*frames, *rest]


def _settings_now(session: Session) -> ChatSettings:
    found = origins.settings_of(session.settings.key)
    if found is None:
        raise Paused
    return found


def _pk(thread: Thread) -> int | None:
    return thread.conversation.pk if thread.conversation else None


def _only_new(session: Session, now: Mapping[str, Any]) -> Answer:
    """Frames of what is not as it was told last."""
    before = session.told or {}
    new = {k: v for k, v in now.items() if before.get(k, doings.AT_FIRST.get(k)) != v}
    frames = [doings.frame(kind, value) for kind, value in new.items() if value is not False]
    return replace(session, told={**before, **new}), frames


# -- what a frame asks for
def start(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001 -- as all of them
    if session.token_hash:
        raise Problem("bad_frame")
    flood.visitor_comes(session.remote)
    visitor, token = visitors.start(session.settings.channel, language=session.language)
    session = replace(session, token_hash=visitor.token_hash, visitor=visitor.pk)
    return session, [{"type": "token", "token": token}]


def say(session: Session, frame: Frame, text: str) -> Answer:
    visitor = _somebody(session)
    flood.visitor_says(session.settings, visitor, session.remote)
    said = saying.say(visitor, frame, text)
    if not session.thread:
        identify.attach(visitor)
        addresses.note(visitor)
    ack = {
        "type": "ack",
        "id": str(said.client),
        "message": said.message,
        "at": said.at.isoformat() if said.at else None,
        "revision": said.revision,
    }
    if said.message is not None:
        session = replace(session, thread=said.thread, case=said.case)
    return session, [ack]


def page(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    visitor = _somebody(session)
    trail.note(
        visitor, url=frame.get("url"), title=frame.get("title"), helpful=frame.get("helpful")
    )
    return session, []


def older(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    before = frame.get("before")
    if not isinstance(before, int):
        raise Problem("bad_frame")
    thread = standing.thread_of(_somebody(session))
    return session, [{"type": "entries", **entries.older(thread, before)}]


def video(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001 -- as all of them
    """They want to show something: the house says by what link. Who has said nothing yet says that
    much with it, so that there is a case for the film to come into."""
    visitor = _somebody(session)
    flood.once(f"video:{visitor.pk}", VIDEOS)
    if not inviting.is_open():
        raise Problem("no_video")
    frames: list[Frame] = []
    case = _case_now(visitor)
    if case is None:
        with override(session.language[:2]):
            words = gettext("I would like to show you something in a video.")
        said = {"type": "say", "id": frame.get("id"), "text": words}
        session, frames = say(session, said, json.dumps(said))
        case = _case_now(visitor)
    identity = visitors.identity_of(visitor)
    if case is None or identity is None:
        raise Problem("try_again")
    if BlockedSender.objects.covers(visitor.value):
        raise Problem("blocked")
    try:
        inviting.give(case_id=case.pk, identity=identity, by=visitor.channel)
    except Refused as no:
        raise Problem("no_video") from no
    return session, frames


def _case_now(visitor: Visitor) -> Case | None:
    conversation = visitors.conversation_of(visitor)
    return saying.last_case(visitor, conversation) if conversation else None


# -- who they are
def identified(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    flood.once(f"jwt:{flood.net_of(session.remote)}", PROOFS)
    try:
        visitor, token = identify.by_proof(session.settings, whose(session), frame.get("jwt"))
    except proofs.BadProof as error:
        raise Problem("bad_proof") from error
    return _anew(session, visitor, token)


def forget(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    visitors.give_up(_somebody(session))
    raise TokenGone


def claim(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    visitor = _somebody(session)
    flood.once(f"claim:{visitor.pk}", CLAIMS)
    addresses.claim(visitor, typed=frame.get("address"), name=frame.get("name"))
    value, state = standing.address_of(standing.thread_of(visitor))
    return session, [{"type": "address", "address": standing.masked(value), "state": state}]


def confirm(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    value = addresses.send_code(_somebody(session))
    return session, [{"type": "code_sent", "address": standing.masked(value)}]


def code(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    visitor = _somebody(session)
    token = addresses.take_code(visitor, frame.get("code"))
    return _anew(session, visitor, token)


def _anew(session: Session, visitor: Visitor, token: str) -> Answer:
    """The old token is dead; whoever they are now, this is how things stand for them."""
    session, frames = welcomed(replace(session, told=None), visitor)
    return session, [{"type": "token", "token": token}, *frames]


# -- what they do meanwhile
def seen(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    visitor, last = _somebody(session), frame.get("message")
    if not isinstance(last, int):
        raise Problem("bad_frame")
    thread = standing.thread_of(visitor)
    shown = entries.shown(thread)
    message = shown.filter(pk=last).first()
    if message is not None:
        continuation.seen(thread, shown, message)
    return session, []


def typing(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    if session.case is not None and session.visitor is not None:
        presence.customer(session.case, tab=session.visitor, writes=frame.get("on") is True)
    return session, []


def looks(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    """Whether they are here: who is not has left, as far as anybody can know."""
    visitor = _somebody(session)
    if frame.get("on") is True:
        visitors.note_shown(visitor)
    else:
        visitors.note_left(visitor.pk)
    return session, []


def rate(session: Session, frame: Frame, text: str) -> Answer:  # noqa: ARG001
    thread = standing.thread_of(_somebody(session))
    rating.give(
        thread, case_id=frame.get("case"), score=frame.get("score"), comment=frame.get("comment")
    )
    case = standing.case_of(thread)
    return replace(session, told={**(session.told or {}), "case": case}), [
        {"type": "case", "case": case}
    ]


DOES = {
    "start": start,
    "say": say,
    "video": video,
    "page": page,
    "older": older,
    "identify": identified,
    "forget": forget,
    "claim": claim,
    "confirm": confirm,
    "code": code,
    "seen": seen,
    "typing": typing,
    "looks": looks,
    "rate": rate,
}
