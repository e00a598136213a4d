"""Try a channel's connection, step by step, and remember what each step said."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from conversations.adapters import registry
from conversations.adapters.base import ChannelFailure, Step
from conversations.models import Agent, Channel, ChannelTest

log = structlog.get_logger(__name__)

KEPT = 20
"""Tests remembered per channel."""


def latest(channel: Channel) -> ChannelTest | None:
    return channel.tests.select_related("agent", "channel").order_by("-id").first()


def begin(*, channel: Channel, agent: Agent) -> tuple[ChannelTest, bool]:
    """A new test, or the one that is under way already; whether it is new."""
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        last = latest(channel)
        if last is not None and last.is_running(timezone.now()):
            return last, False
        test = ChannelTest.objects.create(channel=channel, agent=agent)
        kept = channel.tests.order_by("-id").values("pk")[:KEPT]
        channel.tests.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
        return test, True


def run(test_id: int) -> None:
    """Carry a test out, saving each step as it ends. Never raises for the channel's faults."""
    test = ChannelTest.objects.select_related("channel", "agent").get(pk=test_id)
    with translation.override(test.agent.language if test.agent else settings.LANGUAGE_CODE):
        try:
            adapter = registry.adapter_for(test.channel.kind)
            for step in adapter.test_connection(test.channel_id):
                _keep(test, step)
        except registry.NotInstalled:
            _keep(test, _failed("not_installed"))
        except ChannelFailure as failure:
            _keep(test, _failed(failure.code, failure.words))
        except Exception as error:
            log.exception("connection_test_crashed", channel=test.channel_id)
            # an exception's text may quote what it was handed; its name cannot
            _keep(test, _failed("crashed", type(error).__name__))
    _finish(test)


def _keep(test: ChannelTest, step: Step) -> None:
    kept = asdict(step)
    kept.update(words=str(step.words)[:2000], fix=str(step.fix)[:2000])
    test.steps = [*test.steps, kept]
    test.save(update_fields=["steps", "updated_at"])


def _failed(code: str, words: str = "") -> Step:
    return Step(code=code, ok=False, seconds=0, words=words)


def _finish(test: ChannelTest) -> None:
    test.finished_at = timezone.now()
    test.save(update_fields=["finished_at", "updated_at"])
    if test.passed:
        test.channel.note_sent()
        test.channel.note_contact()


def duration(test: ChannelTest) -> timedelta:
    return (test.finished_at or test.updated_at) - test.started_at
