"""Domains that sign their mail, and the records that others find of them."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dkim
import nacl.signing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from channels_email.authentication.zones import Zones


@functools.cache
def _rsa(bits: int, name: str) -> tuple[bytes, str]:
    """A private key in PEM, and its record."""
    del name  # every signer has a key of its own
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@functools.cache
def _ed25519(name: str) -> tuple[bytes, str]:
    del name
    key = nacl.signing.SigningKey.generate()
    public = base64.b64encode(bytes(key.verify_key)).decode()
    return base64.b64encode(bytes(key)), f"v=DKIM1; k=ed25519; p={public}"


@contextmanager
def _ending(at: int) -> Iterator[None]:
    whole = dkim.DKIM.gen_header

    def with_end(self: dkim.DKIM, fields: list[tuple[bytes, bytes]], *rest: Any) -> bytes:
        return whole(self, [*fields[:-1], (b"x", b"%d" % at), fields[-1]], *rest)  # type: ignore[no-any-return]

    dkim.DKIM.gen_header = with_end if at else whole
    yield
    dkim.DKIM.gen_header = whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whoever holds the key of `selector` at `domain`."""

    domain: str = "client.example"
    selector: str = "mail"
    bits: int = 1024
    is_ed25519: bool = False

    @property
    def _pair(self) -> tuple[bytes, str]:
        name = f"{self.selector}.{self.domain}"
        return _ed25519(name) if self.is_ed25519 else _rsa(self.bits, name)

    @property
    def record(self) -> str:
        return self._pair[1]

    @property
    def place(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    def sign(self, mail: bytes, *, ends: int = 0, **options: object) -> bytes:
        """The mail under a new signature; `options` as the library takes them.

        `ends` is the second at which it runs out, which the library signs but cannot be told.
        """
        kind = b"ed25519-sha256" if self.is_ed25519 else b"rsa-sha256"
        asked: dict[str, object] = {"signature_algorithm": kind, **options}
        with _ending(ends):
            field: bytes = dkim.sign(
                mail, self.selector.encode(), self.domain.encode(), self._pair[0], **asked
            )
        return field + mail

    def seal(self, mail: bytes, *, server: str) -> bytes:
        """The mail as forwarded under an ARC seal, with what `server` wrote on top of it."""
        fields: list[bytes] = dkim.arc_sign(
            mail, self.selector.encode(), self.domain.encode(), self._pair[0], server.encode()
        )
        return b"".join(fields) + mail


def zones(*signers: Signer, policy: str = "", **more: object) -> Zones:
    """Their keys; `policy` is the DMARC record of client.example."""
    records: dict[str, object] = {signer.place: signer.record for signer in signers}
    if policy:
        records["_dmarc.client.example"] = f"v=DMARC1; {policy}"
    return Zones({**records, **more})
