"""Macros: words for this customer, and what is done to the case along with them."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from conversations.models import Agent, Case, Macro, Tag
from conversations.services import (
    assignment,
    placeholders,
    priority,
    snooze,
    status,
    tags,
    threads,
)
from conversations.services.composer import default_channel
from conversations.services.errors import Refused

LANGUAGES = ("en", "es")


def usable(agent: Agent) -> list[Macro]:
    """What the agent may use, most used first."""
    return list(Macro.objects.usable_by(agent).order_by("-used_count", "name", "id")[:500])


def text_of(macro: Macro, case: Case, agent: Agent) -> str:
    """The macro's words for this customer: their language, the channel's, else what there is."""
    return placeholders.fill(_written(macro, _language(case)), case, agent)


def _language(case: Case) -> str:
    spoken = case.conversation.customer.language[:2]
    if spoken in LANGUAGES:
        return spoken
    channel_id = default_channel(case)
    channel = case.conversation.messages.filter(channel=channel_id).select_related("channel")
    last = channel.order_by("-id").first()
    return last.channel.language[:2] if last and last.channel else LANGUAGES[0]


def _written(macro: Macro, language: str) -> str:
    texts = {"en": macro.text_en, "es": macro.text_es}
    return (texts.get(language, "").strip() and texts[language]) or macro.text_en or macro.text_es


def run(*, case_id: int, agent: Agent, macro_id: int) -> Case:
    """Do what the macro does, all or nothing, each by its own service.

    Raises Macro.DoesNotExist, and what those services refuse.
    """
    macro = Macro.objects.usable_by(agent).get(pk=macro_id)
    with transaction.atomic():
        _conversation, case = threads.case_for_work(case_id, agent)
        _do(macro, case, agent)
        Macro.objects.filter(pk=macro.pk).update(used_count=F("used_count") + 1, used_at=Now())
        return Case.objects.get(pk=case.pk)


def run_along(*, case_id: int, agent: Agent, macro_id: int) -> None:
    """With an answer: one that was put out of use meanwhile must not keep the words from going."""
    if Macro.objects.usable_by(agent).filter(pk=macro_id).exists():
        run(case_id=case_id, agent=agent, macro_id=macro_id)


def _do(macro: Macro, case: Case, agent: Agent) -> None:
    if macro.tags:
        names = Tag.objects.filter(cases=case).values_list("name", flat=True)
        tags.replace(case_id=case.pk, agent=agent, names=[*names, *macro.tags])
    if macro.assign:
        to = agent.pk if macro.assign == "me" else None
        assignment.assign(case_id=case.pk, agent=agent, assignee_id=to)
    if macro.priority is not None:
        priority.prioritise(case_id=case.pk, agent=agent, priority=macro.priority)
    if macro.snooze_hours:
        until = timezone.now() + timedelta(hours=macro.snooze_hours)
        snooze.snooze(case_id=case.pk, agent=agent, until=until)
    if macro.resolves:
        status.resolve(case_id=case.pk, agent=agent)


def check(macro: Macro) -> None:
    """What a macro must be before it is kept. Raises Refused with what is wrong."""
    strange = placeholders.unknown(f"{macro.text_en}\n{macro.text_es}")
    if strange:
        raise Refused("unknown_placeholder", name=strange[0])
    if macro.snooze_hours and macro.resolves:
        raise Refused("resolves_or_snoozes")
    does = macro.tags or macro.assign or macro.snooze_hours or macro.resolves
    if not (macro.has_text or does or macro.priority is not None):
        raise Refused("empty_macro")
