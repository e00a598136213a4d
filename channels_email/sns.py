"""Amazon SNS: is this message signed by Amazon, and about a topic of ours?

The certificate is fetched from Amazon's own hosts alone (AWS, "Verifying the signatures of Amazon
SNS messages"). A topic that nobody configured is refused although its signature holds: anybody can
have Amazon sign something.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate
from django.utils import timezone

from conversations.adapters import client

_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(?:\.cn)?")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES: dict[str, type[hashes.SHA1 | hashes.SHA256]] = {"1": hashes.SHA1, "2": hashes.SHA256}
SECONDS = 8.0


class Unreachable(Exception):
    """The certificate could not be had: nobody knows, and the sender had better try again."""


def parse(body: bytes) -> dict[str, str]:
    """The message's fields, strings all; empty where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict) or said.get("Type") not in _SIGNED:
        return {}
    return {str(name): value for name, value in said.items() if isinstance(value, str)}


def is_genuine(
    message: Mapping[str, str],
    *,
    topics: tuple[str, ...],
    fetch: Callable[[str], bytes] | None = None,
) -> bool:
    """Signed by Amazon, about one of `topics`. Raises Unreachable where the key is not to be had.

    `fetch` returns the certificate (PEM) at an address; by default the guarded client does.
    """
    url = message.get("SigningCertURL", "")
    algorithm = _HASHES.get(message.get("SignatureVersion", ""))
    if not topics or message.get("TopicArn") not in topics or algorithm is None:
        return False
    if not (is_amazons(url) and urlsplit(url).path.endswith(".pem")):
        return False
    return _verifies(message, (fetch or certificate)(url), algorithm())


def is_amazons(url: str) -> bool:
    """Whether an address is one of SNS itself, over TLS and without tricks."""
    try:
        target = urlsplit(url)
        port = target.port
    except ValueError:
        return False
    is_plain = target.username is None and target.password is None and port in {None, 443}
    return target.scheme == "https" and is_plain and bool(_HOST.fullmatch(target.hostname or ""))


def to_sign(message: Mapping[str, str]) -> bytes:
    """Name and value of each signed field, a line each; a subject that is not there is left out."""
    names = [name for name in _SIGNED[message["Type"]] if name in message]
    return "".join(f"{name}\n{message[name]}\n" for name in names).encode()


def _verifies(message: Mapping[str, str], pem: bytes, algorithm: Any) -> bool:
    try:
        known = load_pem_x509_certificate(pem)
        key = known.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        if not known.not_valid_before_utc <= timezone.now() <= known.not_valid_after_utc:
            return False
        signature = base64.b64decode(message.get("Signature", ""), validate=True)
        key.verify(signature, to_sign(message), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError, KeyError):
        return False
    return True


@lru_cache(maxsize=16)
def certificate(url: str) -> bytes:
    """Amazon's current certificate; it changes its name when it changes."""
    return _get(url)


def confirm(message: Mapping[str, str]) -> None:
    """Say yes to a subscription that `is_genuine` and is of our topic. Raises Unreachable."""
    url = message.get("SubscribeURL", "")
    if not is_amazons(url):
        raise Unreachable("not an address of SNS")
    _get(url)


def _get(url: str) -> bytes:
    try:
        with client.Session(seconds=SECONDS, most=64 * 1024) as session:
            response = session.get(url)
    except (requests.RequestException, OSError) as error:
        raise Unreachable(type(error).__name__) from error
    if not response.ok:
        raise Unreachable(f"HTTP {response.status_code}")
    return response.content
