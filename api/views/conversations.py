"""Conversations, what was said in them, and what changed since."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import changes, reads
from api.paging import NEWEST, Order, page
from api.schema import described, page_of
from api.serializers.conversations import (
    ChangesOut,
    ChangesQuery,
    ConversationOut,
    ConversationQuery,
)
from api.serializers.messages import MessageOut, MessageQuery
from api.views.base import Resource

IN_ORDER = Order(fields=("sorted_at", "id"))
BACKWARDS = Order(fields=("sorted_at", "id"), is_descending=True)


class Conversations(Resource):
    @described(
        "conversations",
        "Conversations",
        tag="Conversations",
        gives=page_of(ConversationOut),
        query=ConversationQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        self.asked(ConversationQuery)
        return page(request, reads.conversations(self.agent), NEWEST, ConversationOut)


class OneConversation(Resource):
    @described("conversation", "A conversation", tag="Conversations", gives=ConversationOut)
    def get(self, request: Request, conversation_id: int) -> Response:
        found = reads.conversation(self.agent, conversation_id)
        return Response(ConversationOut(found).data, headers={"ETag": f'"{found.revision}"'})


class ConversationMessages(Resource):
    @described(
        "conversation_messages",
        "Everything said in a conversation, in its order",
        tag="Conversations",
        gives=page_of(MessageOut),
        query=MessageQuery,
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        asked = self.asked(MessageQuery)
        found = reads.conversation(self.agent, conversation_id)
        rows = reads.messages(self.agent).filter(conversation=found)
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        order = BACKWARDS if asked.get("order") == "newest" else IN_ORDER
        return page(request, rows, order, MessageOut)


class Changes(Resource):
    @described(
        "conversation_changes",
        "What changed after a revision",
        tag="Conversations",
        gives=ChangesOut,
        query=ChangesQuery,
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        after = self.asked(ChangesQuery)["after"]
        found = reads.conversation(self.agent, conversation_id)
        return Response(ChangesOut(changes.after(found, self.agent, after)).data)
