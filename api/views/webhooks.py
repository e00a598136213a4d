"""Webhooks: where to, tests, the log, and sending again. For admins, with scope `admin`."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import WebhookAttempt, WebhookEndpoint, WebhookEvent
from api.paging import NEWEST, page
from api.schema import action, described, page_of
from api.serializers.base import Paged
from api.serializers.webhooks import (
    ReplayIn,
    ReplayOut,
    WebhookChangeIn,
    WebhookEventOut,
    WebhookEventQuery,
    WebhookIn,
    WebhookOut,
    WebhookSecretOut,
)
from api.views.base import AdminAction, AdminsOnly
from api.webhooks import endpoints

TAG = "Webhooks"


@action(
    "webhook_create",
    "Be told what happens",
    tag=TAG,
    takes=WebhookIn,
    gives={201: WebhookSecretOut},
    absent=False,
    about="It is told what the token's agent may see. The answer's `secret` cannot be read again.",
)
class Webhooks(AdminAction):
    @described(
        "webhooks",
        "Webhooks",
        tag=TAG,
        gives=page_of(WebhookOut),
        query=Paged,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        self.asked(Paged)
        rows = WebhookEndpoint.objects.select_related("agent")
        return page(request, rows, NEWEST, WebhookOut)

    def act(self, request: Request, **named: int) -> Response:
        made = endpoints.create(agent=self.agent, **self.taken(WebhookIn))
        where = request.build_absolute_uri(reverse("api:webhook", args=[made.pk]))
        told = WebhookEndpoint.objects.get(pk=made.pk)
        return Response(WebhookSecretOut(told).data, status=201, headers={"Location": where})


class OneWebhook(AdminsOnly):
    @described("webhook", "A webhook", tag=TAG, gives=WebhookOut)
    def get(self, request: Request, webhook_id: int) -> Response:
        return Response(WebhookOut(WebhookEndpoint.objects.get(pk=webhook_id)).data)


@action(
    "webhook_change",
    "Change a webhook, or switch it on or off",
    tag=TAG,
    takes=WebhookChangeIn,
    gives={200: WebhookOut},
)
class ChangeWebhook(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(WebhookChangeIn)
        made = endpoints.change(endpoint_id=named["webhook_id"], agent=self.agent, **said)
        return Response(WebhookOut(made).data)


@action("webhook_delete", "Take a webhook away, with its log", tag=TAG, gives={204: None})
class DeleteWebhook(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        endpoints.delete(endpoint_id=named["webhook_id"], agent=self.agent)
        return Response(status=204)


@action(
    "webhook_rotate",
    "Give a webhook a new secret",
    tag=TAG,
    gives={200: WebhookSecretOut},
    about="For 24 hours every request carries two signatures, by the old secret and the new one.",
)
class RotateWebhook(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        made = endpoints.rotate(endpoint_id=named["webhook_id"], agent=self.agent)
        return Response(WebhookSecretOut(made).data)


@action(
    "webhook_test",
    "Send a test event now",
    tag=TAG,
    gives={200: WebhookEventOut},
    about="A `webhook.test`, sent at once and once; its attempt says how it went.",
)
class TestWebhook(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        event, _ = endpoints.test(endpoint_id=named["webhook_id"], agent=self.agent)
        return Response(WebhookEventOut(log().get(pk=event.pk)).data)


@action(
    "webhook_replay",
    "Send again what failed",
    tag=TAG,
    takes=ReplayIn,
    gives={202: ReplayOut},
)
class ReplayFailed(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(ReplayIn)
        count = endpoints.replay_failed(
            endpoint_id=named["webhook_id"], agent=self.agent, since=said["since"]
        )
        return Response({"events": count}, status=202)


class WebhookEvents(AdminsOnly):
    @described(
        "webhook_events",
        "The log of what webhooks were sent",
        tag=TAG,
        gives=page_of(WebhookEventOut),
        query=WebhookEventQuery,
        absent=False,
        about="Newest first, with every attempt. Kept for 30 days; no body is kept.",
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(WebhookEventQuery)
        rows = log()
        for name, column in {"webhook": "endpoint", "state": "state", "type": "type"}.items():
            if name in asked:
                rows = rows.filter(**{column: asked[name]})
        return page(request, rows, NEWEST, WebhookEventOut)


class OneWebhookEvent(AdminsOnly):
    @described("webhook_event", "An event of the log", tag=TAG, gives=WebhookEventOut)
    def get(self, request: Request, event_id: int) -> Response:
        return Response(WebhookEventOut(log().get(pk=event_id)).data)


@action(
    "webhook_event_replay",
    "Send an event once more",
    tag=TAG,
    gives={202: WebhookEventOut},
    about="Under the same `webhook-id`, and told as things are now.",
)
class ReplayEvent(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        event = endpoints.replay(event_id=named["event_id"], agent=self.agent)
        return Response(WebhookEventOut(log().get(pk=event.pk)).data, status=202)


def log() -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.prefetch_related(
        Prefetch("attempts", WebhookAttempt.objects.order_by("id"))
    )
