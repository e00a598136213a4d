"""Send what is due to an endpoint: one request at a time, oldest first, and again for 24 hours.

A receiver may get an event twice (the same `webhook-id`) and, after a failure of one event alone,
out of order; `data.revision` says what is newer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction

from api.models import EventState, WebhookAttempt, WebhookEndpoint, WebhookEvent, WebhookEventType
from api.webhooks.bodies import body
from api.webhooks.posting import CRASHED, GONE, Outcome, post
from conversations.models import ClockTimestamp
from conversations.wake import wake

log = structlog.get_logger(__name__)

SEND = "api.send_webhooks"
"""The task that a worker is woken by, with an endpoint's number."""
TRIED_FOR = timedelta(hours=24)
PIECE = 20.0
"""Seconds that a worker gives to an endpoint before others have their turn."""
LEASE = timedelta(seconds=60)
"""A worker that is not done by then has died."""
STEPS = (5, 30, 120, 300, 900, 1800, 3600, 7200, 10800)
"""Seconds until the next attempt at an event; the last goes on until the day is over."""
LONGEST_REST = 600
"""Seconds: an endpoint that comes back waits at most so long for its events."""
GRACE = 5.0
"""Seconds that the clock leaves a due event to the workers."""


def run(endpoint_id: int, *, seconds: float = PIECE) -> int:
    """Send what is due to one endpoint for a while. Returns how many requests were made."""
    lease = ClockTimestamp() + LEASE
    if not WebhookEndpoint.objects.free().filter(pk=endpoint_id).update(leased_until=lease):
        return 0
    sent, end = 0, time.monotonic() + seconds
    try:
        while time.monotonic() < end and (event := _next(endpoint_id)) is not None:
            sent += send(event) is not None
    finally:
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(leased_until=None)
    if WebhookEndpoint.objects.with_work().filter(pk=endpoint_id).exists():
        wake(SEND, endpoint_id)
    return sent


def _next(endpoint_id: int) -> WebhookEvent | None:
    rows = WebhookEvent.objects.due().filter(
        endpoint__in=WebhookEndpoint.objects.awake().filter(pk=endpoint_id)
    )
    return rows.select_related("endpoint__agent").order_by("due_at", "id").first()


def send(event: WebhookEvent) -> Outcome | None:
    """Make one attempt and note it. None when the endpoint's agent may not see what it tells."""
    try:
        said = body(event) if event.endpoint.agent.is_active else None
    except DatabaseError:
        raise
    except Exception:
        # one event that cannot be told must not hold up the others
        log.exception("webhook_body_failed", number=event.pk)
        _note(event, CRASHED)
        return CRASHED
    if said is None:
        WebhookEvent.objects.filter(pk=event.pk).update(state=EventState.WITHHELD)
        return None
    outcome = post(event, said)
    _note(event, outcome)
    return outcome


def listen(stopping: Callable[[], bool]) -> None:
    """The clock's part: what is due and finds no worker is sent from here."""
    since: dict[int, float] = {}
    while not stopping():
        now = time.monotonic()
        found = WebhookEndpoint.objects.with_work().values_list("pk", flat=True)
        since = {pk: since.get(pk, now) for pk in found}
        for pk, at in since.items():
            if at == now:
                wake(SEND, pk)
            elif now - at > GRACE:
                run(pk, seconds=1.0)
        time.sleep(1.0)


def _note(event: WebhookEvent, outcome: Outcome) -> None:
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=event.endpoint_id)
        row = WebhookEvent.objects.select_for_update().annotate(now=ClockTimestamp())
        event = row.get(pk=event.pk)
        WebhookAttempt.objects.create(
            event=event,
            status=outcome.status,
            code=outcome.code,
            milliseconds=outcome.milliseconds,
            words=outcome.words,
        )
        if event.state != EventState.WAITING:
            return  # somebody sent it meanwhile: its lease had run out
        if outcome.is_success:
            _went_well(endpoint, event)
        else:
            _went_wrong(endpoint, event, outcome)


def _went_well(endpoint: WebhookEndpoint, event: WebhookEvent) -> None:
    WebhookEvent.objects.filter(pk=event.pk).update(state=EventState.DELIVERED)
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
    endpoint.last_ok_at = event.now  # type: ignore[attr-defined]  # annotated where it was read
    endpoint.save(update_fields=["failures", "failing_since", "rests_until", "last_ok_at"])


def _went_wrong(endpoint: WebhookEndpoint, event: WebhookEvent, outcome: Outcome) -> None:
    now = event.now  # type: ignore[attr-defined]  # annotated where it was read
    event.tries += 1
    pause = max(_step(event.tries), outcome.wish)
    is_over = now >= event.until or event.type == WebhookEventType.TEST
    WebhookEvent.objects.filter(pk=event.pk).update(
        tries=event.tries,
        due_at=min(now + pause, event.until),
        state=EventState.FAILED if is_over else EventState.WAITING,
    )
    if event.type == WebhookEventType.TEST or not outcome.is_whole_trouble:
        return
    waiting = endpoint.events.filter(state=EventState.WAITING)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    rest = min(_step(endpoint.failures), timedelta(seconds=LONGEST_REST))
    endpoint.rests_until = now + max(rest, outcome.wish)
    if outcome.status == GONE:
        endpoint.is_active, endpoint.off_code = False, "gone"
        waiting.update(state=EventState.FAILED)
        log.warning("webhook_switched_off", endpoint=endpoint.pk)
    else:
        # behind an endpoint that is down they had no turn of their own
        waiting.filter(until__lte=now).update(state=EventState.FAILED)
    endpoint.save(
        update_fields=["failures", "failing_since", "rests_until", "is_active", "off_code"]
    )


def _step(tries: int) -> timedelta:
    """A little earlier or later, so that not everything comes back at the same moment."""
    seconds = STEPS[min(tries, len(STEPS)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311  # no secret
