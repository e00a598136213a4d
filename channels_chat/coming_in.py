"""Somebody comes by a link that went to an address of theirs: a visitor who is known from the
start, at a case of theirs."""

from __future__ import annotations

from django.db.models.functions import Now
from django.urls import reverse

from channels_chat import visitors
from channels_chat.models import ChatSettings
from conversations.adapters.base import Place
from conversations.adapters.messages import IdentityKind
from conversations.models import Case, Channel, Identity

COOKIE = "omnihub_go_on"
"""What `store.js` takes the token from."""


def come(*, channel_id: int, case: Case, identity: Identity) -> Place | None:
    """Begin a visitor for whoever holds this address, in the caller's transaction."""
    settings = ChatSettings.objects.filter(channel=channel_id).first()
    if settings is None or identity.customer_id is None:
        return None
    customer = case.conversation.customer
    channel = Channel.objects.get(pk=channel_id)
    visitor, token = visitors.start(channel, language=customer.language)
    visitor.is_proven, visitor.case = True, case
    visitor.name = identity.name or customer.name
    visitor.email = identity.value if identity.kind == IdentityKind.EMAIL else ""
    visitor.save(update_fields=["is_proven", "case", "name", "email"])
    type(visitor).objects.filter(pk=visitor.pk).update(since=Now())
    Identity.objects.create(
        customer=customer,
        kind=IdentityKind.VISITOR,
        value=visitor.value,
        name=visitor.name,
        verified_at=Now(),
    )
    where = reverse("chat-here", args=[settings.key])
    language = customer.language[:2]
    url = f"{where}?lang={language}" if language else where
    return Place(url=url, cookie=COOKIE, token=token)
