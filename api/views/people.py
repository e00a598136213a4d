"""Customers, identities, and who else is in a case."""

from __future__ import annotations

from collections.abc import Callable

from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.models import Scope
from api.paging import NEWEST, OLDEST, page
from api.schema import action, described, page_of
from api.serializers.base import Paged
from api.serializers.people import (
    CustomerIn,
    CustomerOut,
    CustomerQuery,
    IdentityOut,
    IdentityQuery,
    ParticipantOut,
    SharingIn,
)
from api.views.base import Action, Resource
from conversations.models import Identity
from conversations.services import identities, participants, profile

SAID: dict[str, Callable[..., Identity]] = {
    "shared": identities.mark_shared,
    "personal": identities.mark_personal,
    "one_person": identities.keep_personal,
}


class Customers(Resource):
    @described(
        "customers",
        "Customers",
        tag="Customers",
        gives=page_of(CustomerOut),
        query=CustomerQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(CustomerQuery)
        rows = reads.customers(self.agent)
        if "address" in asked:
            rows = reads.of_address(rows, asked.get("kind"), asked["address"].lower())
        elif "kind" in asked:
            rows = rows.filter(identities__kind=asked["kind"]).distinct()
        if "name" in asked:
            rows = rows.filter(name=asked["name"])
        return page(request, rows, NEWEST, CustomerOut)


class OneCustomer(Resource):
    @described("customer", "A customer", tag="Customers", gives=CustomerOut)
    def get(self, request: Request, customer_id: int) -> Response:
        return Response(CustomerOut(reads.customer(self.agent, customer_id)).data)


@action(
    "customer_change",
    "Put a customer's name or language right",
    tag="Customers",
    takes=CustomerIn,
    gives={200: CustomerOut},
    about="For who works one of the customer's cases. Addresses keep the name that came with them.",
    example={"name": "Dana Whitfield", "language": "en"},
)
class ChangeCustomer(Action):
    def act(self, request: Request, **named: int) -> Response:
        changed = profile.change(
            customer_id=named["customer_id"], agent=self.agent, **self.taken(CustomerIn)
        )
        return Response(CustomerOut(reads.customer(self.agent, changed.pk)).data)


class Identities(Resource):
    @described(
        "identities",
        "Identities",
        tag="Customers",
        gives=page_of(IdentityOut),
        query=IdentityQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(IdentityQuery)
        rows = reads.identities(self.agent)
        for name in ("kind", "value", "customer"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        return page(request, rows, NEWEST, IdentityOut)


class OneIdentity(Resource):
    @described("identity", "An identity", tag="Customers", gives=IdentityOut)
    def get(self, request: Request, identity_id: int) -> Response:
        return Response(IdentityOut(reads.identities(self.agent).get(pk=identity_id)).data)


@action(
    "identity_sharing",
    "Say whether an address is one person or nobody in particular",
    tag="Customers",
    takes=SharingIn,
    gives={200: IdentityOut},
    about="For admins. Who it was until now keeps their conversation and is answered through the "
    "address.",
    example={"use": "shared"},
)
class Sharing(Action):
    scope = Scope.ADMIN

    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(SharingIn)
        identity = reads.identities(self.agent).get(pk=named["identity_id"])
        SAID[said["use"]](identity_id=identity.pk, agent=self.agent)
        return Response(IdentityOut(Identity.objects.get(pk=identity.pk)).data)


class Participants(Resource):
    @described(
        "case_participants",
        "Who is beside the customer in a case",
        tag="Case work",
        gives=page_of(ParticipantOut),
        query=Paged,
    )
    def get(self, request: Request, case_id: int) -> Response:
        self.asked(Paged)
        rows = reads.case(self.agent, case_id).participants.select_related("identity")
        return page(request, rows, OLDEST, ParticipantOut)


@action(
    "participant_accept",
    "Let a stranger into a case",
    tag="Case work",
    gives={200: ParticipantOut},
    about="Who quoted the case without being known in it: from now on their words count, start "
    "the clock and get copies.",
)
class Accept(Action):
    def act(self, request: Request, **named: int) -> Response:
        return Response(ParticipantOut(participants.accept(**named, agent=self.agent)).data)
