"""Messages, deliveries and files."""

from __future__ import annotations

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.paging import NEWEST, page
from api.schema import described, page_of
from api.serializers.messages import (
    DeliveryOut,
    DeliveryQuery,
    MessageWhole,
)
from api.views.base import Resource, refuse_if_gone
from conversations.services import serving


class OneMessage(Resource):
    @described("message", "A message with its markup", tag="Messages", gives=MessageWhole)
    def get(self, request: Request, message_id: int) -> Response:
        return Response(MessageWhole(reads.messages(self.agent).get(pk=message_id)).data)


class OneAttachment(Resource):
    @described(
        "attachment",
        "The bytes of a file",
        tag="Messages",
        gives={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        also=(410,),
    )
    def get(self, request: Request, attachment_id: int) -> HttpResponseBase:
        file = reads.attachments(self.agent).get(pk=attachment_id)
        refuse_if_gone(file.blob)
        return serving.respond(request._request, file)  # noqa: SLF001 -- its headers ask for a range


class Deliveries(Resource):
    @described(
        "deliveries",
        "Deliveries",
        tag="Messages",
        gives=page_of(DeliveryOut),
        query=DeliveryQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(DeliveryQuery)
        rows = reads.deliveries(self.agent)
        names = {"state": "state", "channel": "channel", "case": "messages__case"}
        for name, column in {**names, "message": "messages"}.items():
            if name in asked:
                rows = rows.filter(**{column: asked[name]}).distinct()
        return page(request, rows, NEWEST, DeliveryOut)


class OneDelivery(Resource):
    @described("delivery", "A delivery", tag="Messages", gives=DeliveryOut)
    def get(self, request: Request, delivery_id: int) -> Response:
        return Response(DeliveryOut(reads.deliveries(self.agent).get(pk=delivery_id)).data)
