"""What admins do with webhooks, at the admin's pages and through the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from api.models import EventState, WebhookEndpoint, WebhookEvent, WebhookEventType, new_secret
from api.webhooks import sending
from api.webhooks.posting import Outcome
from conversations.adapters import guard
from conversations.models import Agent, ClockTimestamp
from conversations.services.errors import Forbidden, Refused
from conversations.wake import wake_on_commit

MOST = 50
LOG_KEPT = timedelta(days=30)
"""A line of the log, and so what can be sent again."""
OLD_SECRET_GOES_ON = timedelta(hours=24)


def check_url(url: str) -> None:
    """Raises Refused: https with a host; http for hosts alone that the operator has listed."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("bad_webhook_url", url=url) from None
    if not host or parts.username or parts.password or parts.fragment:
        raise Refused("bad_webhook_url", url=url)
    if parts.scheme != "https" and not (parts.scheme == "http" and guard.is_listed(host)):
        raise Refused("webhook_url_not_https", url=url)


def create(*, agent: Agent, name: str, url: str, types: Sequence[str] = ()) -> WebhookEndpoint:
    """An endpoint that sees what the agent sees. Its secret can be read this once.

    Raises Forbidden, and Refused("bad_webhook_url" | "webhook_url_not_https" |
    "too_many_webhooks").
    """
    _admins_only(agent)
    check_url(url)
    if WebhookEndpoint.objects.count() >= MOST:
        raise Refused("too_many_webhooks", most=MOST)
    return WebhookEndpoint.objects.create(agent=agent, name=name, url=url, types=list(types))


def change(
    *,
    endpoint_id: int,
    agent: Agent,
    name: str | None = None,
    url: str | None = None,
    types: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> WebhookEndpoint:
    """Change what is given. Raises as `create`, and WebhookEndpoint.DoesNotExist."""
    _admins_only(agent)
    if url is not None:
        check_url(url)
    asked = {"name": name, "url": url, "types": types, "is_active": is_active}
    wanted = {key: value for key, value in asked.items() if value is not None}
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        for key, value in wanted.items():
            setattr(endpoint, key, value)
        if is_active or url is not None:
            begin_again(endpoint)
        endpoint.save()
        wake_on_commit(sending.SEND, endpoint.pk)
    return endpoint


def begin_again(endpoint: WebhookEndpoint) -> None:
    """What was known of its troubles holds no more. The caller saves."""
    endpoint.off_code, endpoint.failures = "", 0
    endpoint.failing_since = endpoint.rests_until = None


def delete(*, endpoint_id: int, agent: Agent) -> None:
    """With its log. Raises Forbidden and WebhookEndpoint.DoesNotExist."""
    _admins_only(agent)
    WebhookEndpoint.objects.get(pk=endpoint_id).delete()


def rotate(*, endpoint_id: int, agent: Agent) -> WebhookEndpoint:
    """A new secret; for a day everything is signed with both."""
    _admins_only(agent)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.old_secret, endpoint.secret = endpoint.secret, new_secret()
        endpoint.old_secret_until = timezone.now() + OLD_SECRET_GOES_ON
        endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return endpoint


def test(*, endpoint_id: int, agent: Agent) -> tuple[WebhookEvent, Outcome | None]:
    """Send a `webhook.test` now, whether it is switched on or rests, and say what came of it."""
    _admins_only(agent)
    endpoint = WebhookEndpoint.objects.select_related("agent").get(pk=endpoint_id)
    now = timezone.now()
    event = WebhookEvent.objects.create(
        endpoint=endpoint,
        type=WebhookEventType.TEST,
        happened_at=now,
        until=now,
        # sent here and now, by nobody else
        due_at=now + timedelta(days=1),
    )
    outcome = sending.send(event)
    event.refresh_from_db()
    return event, outcome


def replay(*, event_id: int, agent: Agent) -> WebhookEvent:
    """Send an event once more, whatever became of it. It is told as things are now."""
    _admins_only(agent)
    event = WebhookEvent.objects.select_related("endpoint").get(pk=event_id)
    if event.type == WebhookEventType.TEST:
        raise Refused("tests_are_not_replayed")
    if not event.endpoint.is_active:
        raise Refused("webhook_is_off")
    _again(WebhookEvent.objects.filter(pk=event.pk))
    event.refresh_from_db()
    return event


def replay_failed(*, endpoint_id: int, agent: Agent, since: datetime) -> int:
    """Send again what failed of that which happened since then. Returns how many."""
    _admins_only(agent)
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    if not endpoint.is_active:
        raise Refused("webhook_is_off")
    return _again(failed_of(endpoint, since))


def failed_of(endpoint: WebhookEndpoint, since: datetime) -> QuerySet[WebhookEvent]:
    """What can be sent again of what happened since then. Tests are not."""
    failed = endpoint.events.filter(state=EventState.FAILED, happened_at__gte=since)
    return failed.exclude(type=WebhookEventType.TEST)


def _again(events: QuerySet[WebhookEvent]) -> int:
    """Begin a round of a day for these, and wake a worker for their endpoints."""
    with transaction.atomic():
        endpoints = set(events.values_list("endpoint", flat=True))
        count = events.update(
            state=EventState.WAITING,
            tries=0,
            due_at=ClockTimestamp(),
            until=ClockTimestamp() + sending.TRIED_FOR,
        )
        for pk in endpoints:
            wake_on_commit(sending.SEND, pk)
    return count


def _admins_only(agent: Agent) -> None:
    if not agent.is_admin:
        raise Forbidden("admins_only")
