"""Mails that a contact form or a marketplace sends for somebody: who they say has written."""

from __future__ import annotations

from channels_email import addresses
from channels_email.headers import Headers
from conversations.adapters.messages import Address, RawEvent


def claimed(headers: Headers, sender: Address, raw: RawEvent) -> Address | None:
    """The Reply-To of a form that an admin listed; None for everybody else's mail.

    Never the form itself nor one of our own addresses, with whatever stands behind a plus sign.
    """
    listed = raw.envelope.get("form_senders")
    if not isinstance(listed, list) or sender.value not in listed:
        return None
    nobody = {sender.value, *raw.own_addresses}
    found = addresses.parse_list(headers.raw("reply-to"))
    return next((address for address in found if _bare(address.value) not in nobody), None)


def _bare(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
