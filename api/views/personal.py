"""Everything about a person: written out, or erased. For admins, with scope `admin`."""

from __future__ import annotations

from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency, reads
from api.problems import Problem
from api.schema import action, described
from api.serializers.personal import EraseIn, ErasureOut, ExportOut
from api.views.base import AdminAction, AdminsOnly
from conversations.models import Erasure, Export
from conversations.services import erasure, exporting, person

TAG = "Personal data"


@action(
    "customer_export",
    "Write out everything about a customer",
    tag=TAG,
    gives={202: ExportOut},
    about="A ZIP of JSON, files and messages as they arrived, what restricted teams said with it. "
    "Written in the background; kept for three days, for the token's agent.",
)
class ExportCustomer(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        customer = reads.customer(self.agent, named["customer_id"])
        asked = exporting.ask(
            thread=person.standing(customer.pk),
            agent=self.agent,
            client_id=idempotency.client_id(request),
        )
        where = request.build_absolute_uri(reverse("api:export", args=[asked.pk]))
        asked.refresh_from_db()
        return Response(ExportOut(asked).data, status=202, headers={"Location": where})


class OneExport(AdminsOnly):
    @described("export", "How far an export is", tag=TAG, gives=ExportOut)
    def get(self, request: Request, export_id: int) -> Response:
        return Response(ExportOut(Export.objects.get(pk=export_id, agent=self.agent)).data)


class ExportFile(AdminsOnly):
    @described(
        "export_file",
        "The ZIP of an export",
        tag=TAG,
        gives={(200, "application/zip"): OpenApiTypes.BINARY},
        also=(410,),
    )
    def get(self, request: Request, export_id: int) -> FileResponse:
        found = Export.objects.get(pk=export_id, agent=self.agent)
        try:
            content = found.path.open("rb")
        except FileNotFoundError as gone:
            raise Problem(410, "gone", "It is not written yet, or not kept any more.") from gone
        name = f"customer-{found.customer_id}.zip"
        return FileResponse(
            content, as_attachment=True, filename=name, content_type="application/zip"
        )


@action(
    "customer_erase",
    "Erase a customer",
    tag=TAG,
    takes=EraseIn,
    gives={202: ErasureOut},
    about="Begins ten minutes later and can be called off until then. There is no way back.",
)
class EraseCustomer(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        customer = reads.customer(self.agent, named["customer_id"])
        said = self.taken(EraseIn)
        asked = erasure.ask(customer_id=customer.pk, agent=self.agent, cause=said["cause"])
        where = request.build_absolute_uri(reverse("api:erasure", args=[asked.pk]))
        return Response(ErasureOut(asked).data, status=202, headers={"Location": where})


class OneErasure(AdminsOnly):
    @described("erasure", "What became of an erasure", tag=TAG, gives=ErasureOut)
    def get(self, request: Request, erasure_id: int) -> Response:
        return Response(ErasureOut(Erasure.objects.get(pk=erasure_id)).data)


@action("erasure_call_off", "Keep the customer after all", tag=TAG, gives={200: ErasureOut})
class CallOff(AdminAction):
    def act(self, request: Request, **named: int) -> Response:
        kept = erasure.call_off(erasure_id=named["erasure_id"], agent=self.agent)
        return Response(ErasureOut(kept).data)
