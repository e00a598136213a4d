"""Customers and the addresses they write from."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Id, Paged
from conversations.models import Claim, Customer, Identity, IdentityKind


class IdentityOut(serializers.ModelSerializer[Identity]):
    """`customer` is null where the address is shared by many."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)

    class Meta:
        model = Identity
        fields = (
            "id", "kind", "value", "name", "customer", "is_shared", "verified_at",
            "unreachable_code", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ClaimOut(serializers.ModelSerializer[Claim]):
    """An address that was merely typed: it proves nothing."""

    class Meta:
        model = Claim
        fields = ("kind", "value", "created_at", "confirmed_at")
        read_only_fields = fields


class CustomerOut(serializers.ModelSerializer[Customer]):
    conversation = serializers.IntegerField(source="conversation.pk")
    identities = serializers.SerializerMethodField()
    claims = ClaimOut(many=True)
    waiting_since = serializers.DateTimeField(
        allow_null=True, help_text="Of the open case with the earliest target, with the next."
    )
    reply_due_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Customer
        fields = (
            "id", "name", "language", "time_zone", "place", "created_at", "conversation",
            "identities", "claims", "waiting_since", "reply_due_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(IdentityOut(many=True))
    def get_identities(self, customer: Customer) -> Any:
        own = list(customer.identities.all())
        if customer.via is not None and customer.via not in own:
            own.append(customer.via)
        return IdentityOut(sorted(own, key=lambda one: one.pk), many=True).data


class CustomerQuery(Paged):
    kind = serializers.ChoiceField(choices=IdentityKind.choices, required=False)
    address = serializers.CharField(
        required=False, max_length=320, help_text="Who has this address, exactly."
    )
    name = serializers.CharField(required=False, max_length=200, help_text="Exactly this name.")


class IdentityQuery(Paged):
    kind = serializers.ChoiceField(choices=IdentityKind.choices, required=False)
    value = serializers.CharField(required=False, max_length=320, help_text="Exactly this address.")
    customer: Any = Id(required=False)
