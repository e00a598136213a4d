"""Unsent words. Writes of one draft are ordered by version, so a late one cannot bring it back."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import F

from conversations.models import Agent, Case, Draft, DraftKind
from conversations.services import threads
from conversations.services.errors import Conflict, Refused

NAMES = ("to", "cc")
"""What is worth keeping of a message to a third party that has no words yet."""


def save(
    *,
    case_id: int,
    agent: Agent,
    kind: str,
    text: str,
    fields: Mapping[str, object],
    version: int,
) -> Draft | None:
    """Keep a draft written on top of `version` (0: there was none). Empty text discards it.

    To a third party, who it is for is kept without words too.

    Raises Conflict with the newer text when another tab saved since, and when the draft was sent or
    discarded: whoever still has words saves them as another one.
    """
    if kind not in DraftKind:
        raise Refused("no_such_kind")
    with transaction.atomic():
        case = threads.as_seen(case_id, agent)
        _lock(case, agent, kind)
        known = Draft.objects.filter(case=case, agent=agent, kind=kind).first()
        if known is not None and known.version > version:
            raise Conflict("newer_draft", text=known.text, version=known.version)
        if not text.strip() and not _is_begun(kind, fields):
            discard(case_id=case.pk, agent=agent, kind=kind)
            return None
        if known is None and version:
            raise Conflict("draft_gone", text="", version=0)
        draft, _ = Draft.objects.update_or_create(
            case=case,
            agent=agent,
            kind=kind,
            defaults={"text": text, "fields": dict(fields), "version": version + 1},
        )
        return draft


def _is_begun(kind: str, fields: Mapping[str, object]) -> bool:
    return kind == DraftKind.ASIDE and any(fields.get(name) for name in NAMES)


def _lock(case: Case, agent: Agent, kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))",
            [f"draft:{case.pk}:{agent.pk}:{kind}"],
        )


def discard(*, case_id: int, agent: Agent, kind: str) -> None:
    Draft.objects.filter(case=case_id, agent=agent, kind=kind).delete()


def restore(
    case: Case, agent: Agent, text: str, fields: Mapping[str, object], *, kind: DraftKind
) -> Draft:
    """Put words back that were on their way out; what was begun meanwhile stays below them."""
    known = Draft.objects.filter(case=case, agent=agent, kind=kind).first()
    if known is None:
        return Draft.objects.create(
            case=case, agent=agent, kind=kind, text=text, fields=dict(fields)
        )
    known.fields = dict(fields)
    return _rewrite(known, f"{text}\n\n{known.text}" if known.text.strip() else text)


def rewrite(case: Case, agent: Agent, text: str, fields: Mapping[str, object]) -> Draft:
    """Put these words in place of an unsent answer's; of its fields the named ones."""
    known = Draft.objects.filter(case=case, agent=agent, kind=DraftKind.MESSAGE).first()
    if known is None:
        known = Draft(case=case, agent=agent, kind=DraftKind.MESSAGE, version=0)
    known.fields = {**known.fields, **fields}
    known.text = text
    known.version += 1
    known.save()
    return known


def append(draft: Draft, text: str) -> Draft:
    """Put other unsent words of the same agent below these."""
    return _rewrite(draft, "\n\n".join(part for part in (draft.text, text) if part.strip()))


def _rewrite(draft: Draft, text: str) -> Draft:
    draft.text = text
    draft.version = F("version") + 1
    draft.save()
    draft.refresh_from_db()
    return draft
