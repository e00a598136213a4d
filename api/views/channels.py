"""Channels, and what arrived on them."""

from __future__ import annotations

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.models import Scope
from api.paging import NEWEST, page
from api.schema import action, described, page_of
from api.serializers.channels import (
    ChannelOut,
    ChannelQuery,
    ReceiptOut,
    ReceiptQuery,
)
from api.views.base import Action, Resource, refuse_if_gone
from conversations.services import quarantine, serving
from conversations.services.errors import Forbidden


class Channels(Resource):
    @described(
        "channels",
        "Channels",
        tag="Channels",
        gives=page_of(ChannelOut),
        query=ChannelQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        self.asked(ChannelQuery)
        return page(request, reads.channels(self.agent), NEWEST, ChannelOut)


class OneChannel(Resource):
    @described("channel", "A channel", tag="Channels", gives=ChannelOut)
    def get(self, request: Request, channel_id: int) -> Response:
        return Response(ChannelOut(reads.channels(self.agent).get(pk=channel_id)).data)


class Receipts(Resource):
    @described(
        "receipts",
        "What arrived",
        tag="Receipts",
        gives=page_of(ReceiptOut),
        query=ReceiptQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(ReceiptQuery)
        rows = reads.receipts(self.agent)
        names = {"state": "state", "channel": "channel", "case": "case"}
        for name, column in {**names, "sha256": "blob__sha256"}.items():
            if name in asked:
                rows = rows.filter(**{column: asked[name]})
        return page(request, rows, NEWEST, ReceiptOut)


class OneReceipt(Resource):
    @described("receipt", "A receipt", tag="Receipts", gives=ReceiptOut)
    def get(self, request: Request, receipt_id: int) -> Response:
        return Response(ReceiptOut(reads.receipts(self.agent).get(pk=receipt_id)).data)


class Raw(Resource):
    @described(
        "receipt_raw",
        "What arrived, byte for byte",
        tag="Receipts",
        gives={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        also=(410,),
    )
    def get(self, request: Request, receipt_id: int) -> HttpResponseBase:
        receipt = reads.receipts(self.agent).get(pk=receipt_id)
        refuse_if_gone(receipt.blob)
        name = f"receipt-{receipt.pk}.raw"
        return serving.download(request._request, receipt.blob, name)  # noqa: SLF001 -- as above all


@action(
    "receipt_replay",
    "Take a quarantined receipt in again",
    tag="Receipts",
    gives={200: ReceiptOut},
    about="For admins, with a token of scope `admin`.",
)
class Replay(Action):
    scope = Scope.ADMIN

    def act(self, request: Request, **named: int) -> Response:
        if not self.agent.is_admin:
            raise Forbidden("admins_only")
        receipt = reads.receipts(self.agent).get(pk=named["receipt_id"])
        quarantine.try_again(receipt_id=receipt.pk)
        return Response(ReceiptOut(reads.receipts(self.agent).get(pk=receipt.pk)).data)
