"""Private notes: for the team only, on any case an agent sees."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction

from conversations.adapters.messages import File
from conversations.models import Agent, Draft, Kind, Message
from conversations.services import mentions, threads
from conversations.services.errors import Refused


def add(
    *, case_id: int, agent: Agent, text: str, client_id: uuid.UUID, files: Iterable[File] = ()
) -> Message:
    """Leave a note. The same `client_id` again returns the first note; with other words it raises
    Conflict.

    Whom it calls by `@name` finds it under their mentions; `params["untold"]` names those who may
    not see the case.
    """
    if not text.strip():
        raise Refused("empty")
    with transaction.atomic():
        conversation, case = threads.case_for_note(case_id, agent)
        known = Message.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return threads.sent_before(known, text)
        called = mentions.read(text)
        note = Message(
            case=case,
            kind=Kind.NOTE,
            agent=agent,
            author_name=str(agent),
            text=text,
            client_id=client_id,
        )
        if called.names:
            note.params = {"mentions": list(called.names)}
        threads.add(conversation, note, files=files)
        untold = mentions.note(note, called)
        if untold:
            note.params["untold"] = [str(agent) for agent in untold]
            note.save(update_fields=["params"])
        Draft.objects.filter(case=case, agent=agent, kind=Kind.NOTE).delete()
        return note
