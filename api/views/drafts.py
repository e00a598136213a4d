"""Unsent words of the agent's own, one answer and one note a case."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency
from api.paging import NEWEST, page
from api.schema import action, described, page_of
from api.serializers.base import Paged
from api.serializers.drafts import DraftIn, DraftOut, DraftVersion, NoteDraftIn
from api.views.base import Resource
from conversations.models import Case, Draft, DraftKind
from conversations.services import drafts, threads

TAG = "Drafts"
NEWER = "409 `newer_draft` with its `text` and `version` where another tab saved since."
GONE = "409 `draft_gone` where a `version` was sent or discarded."


class Drafts(Resource):
    @described(
        "drafts",
        "What the agent began and did not send",
        tag=TAG,
        gives=page_of(DraftOut),
        query=Paged,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        self.asked(Paged)
        seen = Case.objects.visible_to(self.agent).values("pk")
        rows = Draft.objects.filter(agent=self.agent, case__in=seen)
        return page(request, rows, NEWEST, DraftOut)


class OneDraft(Resource):
    """Read, kept and discarded under its version."""

    kind: ClassVar[DraftKind]
    takes: ClassVar[type[serializers.Serializer[Any]]]

    def get(self, request: Request, case_id: int) -> Response:
        case = threads.as_seen(case_id, self.agent)
        return Response(
            DraftOut(Draft.objects.get(case=case, agent=self.agent, kind=self.kind)).data
        )

    def put(self, request: Request, case_id: int) -> Response:
        return idempotency.once(
            request, lambda: self._keep(case_id), on_error=self.handle_exception
        )

    def delete(self, request: Request, case_id: int) -> Response:
        return idempotency.once(
            request, lambda: self._discard(case_id), on_error=self.handle_exception
        )

    def _keep(self, case_id: int) -> Response:
        threads.as_seen(case_id, self.agent)
        said = dict(self.taken(self.takes))
        text, version = said.pop("text"), said.pop("version")
        kept = self._save(case_id, text=text, fields=said, version=version)
        return Response(DraftOut(kept).data) if kept else Response(status=204)

    def _discard(self, case_id: int) -> Response:
        threads.as_seen(case_id, self.agent)
        self._save(case_id, text="", fields={}, version=self.asked(DraftVersion)["version"])
        return Response(status=204)

    def _save(self, case_id: int, **said: Any) -> Draft | None:
        return drafts.save(case_id=case_id, agent=self.agent, kind=self.kind, **said)


def of_kind(kind: DraftKind, what: str, takes: Any, example: dict[str, Any]) -> type[OneDraft]:
    """The draft of an answer or of a note, described."""
    made = type(f"{kind.title()}Draft", (OneDraft,), {"kind": kind, "takes": takes})
    name = f"draft_{kind}"
    read = described(name, f"The unsent {what} of a case", tag=TAG, gives=DraftOut)
    keep = action(
        f"{name}_keep", f"Keep an unsent {what}", tag=TAG, takes=takes,
        gives={200: DraftOut, 204: None}, about=f"Nobody else reads it. {NEWER} {GONE}",
        example=example, method="put",
    )  # fmt: skip
    discard = action(
        f"{name}_discard", f"Discard an unsent {what}", tag=TAG, query=DraftVersion,
        gives={204: None}, about=NEWER, method="delete",
    )  # fmt: skip
    return extend_schema_view(get=read)(discard(keep(made)))


EXAMPLE = {"text": "Dear Dana,", "to": ["dana@hey.example"], "version": 0}
MessageDraft = of_kind(DraftKind.MESSAGE, "answer", DraftIn, EXAMPLE)
NoteDraft = of_kind(DraftKind.NOTE, "note", NoteDraftIn, {"text": "Ask the workshop", "version": 0})
