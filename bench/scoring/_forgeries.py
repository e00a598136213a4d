"""Mails that pretend, built from what other projects describe: a case's own bytes, as a server of
ours would have taken them in, with what a sender can add by itself.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator
from email.utils import getaddresses
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from channels_email.headers import head

SERVER = "mx.hub.example"
LINE = f"Received: from world (world.example [192.0.2.1]) by {SERVER} with ESMTPS; today\r\n"


@functools.cache
def key() -> tuple[bytes, str]:
    """The attacker's own: in PEM, and as a record."""
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = pair.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = pair.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def told(value: Any) -> str:
    """A case's text, which some sources keep as wrapped bytes."""
    return str(value["__bytes_utf8__"]) if isinstance(value, dict) else str(value or "")


def of_case(case: dict[str, Any]) -> bytes:
    """The message that a case describes."""
    data = case["data"]
    order = ("from_header", "to_header", "subject_header", "other_headers", "body")
    return "".join(told(data.get(name)) for name in order).encode()


def signed(mail: bytes, domain: str) -> bytes:
    """Under a signature of the attacker's own domain, where the mail can be signed at all."""
    try:
        field: bytes = dkim.sign(mail, b"a", domain.encode(), key()[0])
    except (dkim.DKIMException, IndexError, ValueError):
        return mail
    return field + mail


def taken_in(mail: bytes, found: str) -> bytes:
    """As our server hands it on, its findings on top."""
    return f"Authentication-Results: {SERVER}; {found}\r\n{LINE}".encode() + mail


def with_forged_results(mail: bytes) -> Iterator[tuple[str, bytes]]:
    """The sender writes our server's results itself, wherever it can."""
    own = [a for _name, a in getaddresses(head(mail).all("from")) if "@" in a]
    domain = own[0].rpartition("@")[2] if own else "client.example"
    forged = re.sub(
        r"[\r\n]", "", f"Authentication-Results: {SERVER}; dmarc=pass header.from={domain}"
    )
    field = f"{forged}\r\n".encode(errors="replace")
    again = LINE.replace("world", SERVER, 1).encode()
    yield "below our line", LINE.encode() + field + mail
    yield "below another line", LINE.encode() + again + field + again + mail
    yield "without a line", field + mail if b"\nReceived:" not in b"\n" + mail[:50_000] else mail
    yield "below our own results", taken_in(field + again + mail, "spf=none")
