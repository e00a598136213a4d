"""Part of a case becomes a case of its own."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from conversations.models import (
    Agent,
    Case,
    Conversation,
    ReadMark,
    Rearrangement,
    RearrangementKind,
    Team,
)
from conversations.models.message import MessageQuerySet
from conversations.services import journal, regroup, threads, topics
from conversations.services.errors import Refused
from conversations.services.topics import TOPIC_LENGTH


def split(
    *,
    case_id: int,
    agent: Agent,
    message_ids: Collection[int],
    topic: str = "",
    team_id: int | None = None,
    cause: str = "",
    seen: int | None = None,
) -> Rearrangement:
    """Put some messages and notes of a case into a new case of the same conversation.

    At least one must stay. The new case, `target` of what is returned, is open, of the same team
    unless another is named, and about what its first message says unless a topic is given.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        known = regroup.twin(RearrangementKind.SPLIT, case.pk, agent, message_ids)
        if known is not None:
            return known
        threads.refuse_if_changed(conversation, case, agent, seen)
        rows = regroup.chosen(case, message_ids)
        target = _new_case(conversation, case, rows, topic=topic, team=team_of(case, team_id))
        entry = journal.begin(
            RearrangementKind.SPLIT, agent=agent, cause=cause, source=case, target=target
        )
        ids = regroup.carry(entry, rows, case, target)
        _copy_read_marks(case, target)
        lines = {case: "split_off", target: "split_from"}
        regroup.tell(entry, conversation, lines, agent=agent, count=len(ids))
        return entry


def team_of(case: Case, team_id: int | None) -> Team:
    """The new case's: the same unless another is named. Raises Refused("no_such_team")."""
    if team_id is None:
        return case.team
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise Refused("no_such_team")
    return team


def _new_case(
    conversation: Conversation, case: Case, rows: MessageQuerySet, *, topic: str, team: Team
) -> Case:
    first = rows.in_order()[0]
    return Case.objects.create(
        conversation=conversation,
        topic=topic_of(case, rows, topic),
        team=team,
        assignee=case.assignee if team == case.team else None,
        priority=case.priority,
        opened_at=first.sorted_at,
        last_message_at=first.sorted_at,
    )


def topic_of(case: Case, rows: MessageQuerySet, topic: str) -> str:
    """What the new case is about: as given, else as its first message says, else as before."""
    given = " ".join(topic.split())[:TOPIC_LENGTH]
    return given or topics.topic_of(rows.in_order()[0]) or case.topic


def _copy_read_marks(case: Case, target: Case) -> None:
    """Who has read the messages has read them there too."""
    marks = ReadMark.objects.filter(case=case)
    ReadMark.objects.bulk_create(
        ReadMark(case=target, agent_id=mark.agent_id, read_at=mark.read_at) for mark in marks
    )
