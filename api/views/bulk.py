"""One action over many cases: asked for, followed row by row, undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency, paging
from api.paging import Order, bad
from api.schema import action, described, page_of
from api.serializers.base import Paged
from api.serializers.bulk import BulkIn, BulkOut, BulkRowOut
from api.views.base import Action, Resource
from conversations.models import BulkJob, Case, Priority
from conversations.services import bulk

NEEDS = {
    "assign": "to",
    "move": "to",
    "snooze": "until",
    "tag": "tag",
    "priority": "priority",
    "macro": "macro",
}
"""The field that an action cannot do without."""
BY_ROW = Order(fields=("id",))


@action(
    "bulk",
    "Do one thing to many cases",
    tag="Bulk",
    takes=BulkIn,
    gives={202: BulkOut},
    absent=False,
    about="Noted at once and worked on in the background. Cases that the agent may not see "
    "are left out; each other one has a row with what became of it.",
)
class Bulk(Action):
    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(BulkIn)
        job = bulk.start(
            agent=self.agent,
            action=said["action"],
            params=_params(said),
            cases=Case.objects.filter(pk__in=said["cases"]),
            client_id=idempotency.client_id(request),
        )
        where = request.build_absolute_uri(reverse("api:bulk-job", args=[job.pk]))
        return Response(BulkOut(job).data, status=202, headers={"Location": where})


def _params(said: Mapping[str, Any]) -> dict[str, Any]:
    """The body's fields as the services call them."""
    needed = NEEDS.get(said["action"])
    if needed is None:
        return {}
    if needed not in said:
        raise bad(needed, "This action needs it.", "required")
    value = said[needed]
    if needed == "until":
        return {"until": value.isoformat()}
    if needed == "tag":
        return {"name": value}
    if needed == "priority":
        return {"to": int(Priority[value.upper()])}
    return {"macro_id": value} if needed == "macro" else {"to": value}


class OneBulk(Resource):
    @described("bulk_job", "How far it is", tag="Bulk", gives=BulkOut)
    def get(self, request: Request, job_id: int) -> Response:
        return Response(BulkOut(BulkJob.objects.get(pk=job_id, agent=self.agent)).data)


class BulkRows(Resource):
    @described(
        "bulk_rows", "What became of each case", tag="Bulk", gives=page_of(BulkRowOut), query=Paged
    )
    def get(self, request: Request, job_id: int) -> Response:
        job = BulkJob.objects.get(pk=job_id, agent=self.agent)
        return paging.page(request, job.rows.all(), BY_ROW, BulkRowOut)


@action("bulk_undo", "Undo all of it", tag="Bulk", gives={202: BulkOut})
class BulkUndo(Action):
    def act(self, request: Request, **named: int) -> Response:
        job = bulk.undo(job_id=named["job_id"], agent=self.agent)
        return Response(BulkOut(job).data, status=202)
