"""Customers and the addresses they write from."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import LARGEST_ID, Id, Paged, Strict
from conversations.models import Claim, Customer, Identity, IdentityKind, Participant


class IdentityOut(serializers.ModelSerializer[Identity]):
    """`customer` is null where the address is shared by many; `suggested_at` since when it looks
    as if it were."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)

    class Meta:
        model = Identity
        fields = (
            "id", "kind", "value", "name", "customer", "is_shared", "is_one_person",
            "suggested_at", "verified_at", "unreachable_code", "created_at",
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


class CustomerIn(Strict):
    """A field that is left out stays as it is; an empty one is not known any more."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    language = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=16,
        help_text='A tag as of the web: "de", "pt-br".',
    )
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_ID,
        help_text="The conversation's revision as you saw it: 409 when a colleague changed the "
        "name or the language since.",
    )


class SharingIn(Strict):
    use = serializers.ChoiceField(
        choices=["shared", "personal", "one_person"],
        help_text="`shared`: each thread through it is a customer of its own from now on. "
        "`personal`: takes that back. `one_person`: never suggest it as shared again.",
    )


class IdentityLine(serializers.ModelSerializer[Identity]):
    class Meta:
        model = Identity
        fields = ("id", "kind", "value", "name")
        read_only_fields = fields


class ParticipantOut(serializers.ModelSerializer[Participant]):
    """Somebody beside the customer in one case. `unconfirmed`: a stranger who quoted it."""

    identity = IdentityLine()

    class Meta:
        model = Participant
        fields = ("id", "identity", "state", "created_at")
        read_only_fields = fields


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
