"""Signed names of single files, for who fetches one without an account: a customer, a provider."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from conversations.models import Attachment


def token_of(attachment_id: int, *, salt: str) -> str:
    """Names one attachment and the time; signed with 256 bits by the installation's key."""
    return signing.dumps(attachment_id, salt=salt)


def attachment_of(token: str, *, salt: str, valid: timedelta) -> Attachment | None:
    """The file behind a token; None when it is forged or too old, or its message taken back."""
    try:
        wanted = signing.loads(token, salt=salt, max_age=valid)
    except (signing.BadSignature, ValueError):
        return None
    if type(wanted) is not int:
        return None
    public = Attachment.objects.filter(
        message__kind="message", message__cancelled_at=None, message__redacted_at=None
    )
    return public.select_related("blob").filter(pk=wanted, blob__pruned_at=None).first()
