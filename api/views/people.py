"""Customers and identities."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.paging import NEWEST, page
from api.schema import described, page_of
from api.serializers.people import CustomerOut, CustomerQuery, IdentityOut, IdentityQuery
from api.views.base import Resource


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
