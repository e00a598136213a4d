"""Every error as application/problem+json (RFC 9457).

`code` is stable and made for programs, `title` says the same in words, `params` carry what it is
about. Refused input lists its faults under `errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import PermissionDenied as DjangoDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from conversations.services.errors import Conflict, Forbidden, Refused

MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "service_unavailable",
}


class Problem(exceptions.APIException):
    """An error of the API itself: a status, a code, and a sentence about this occurrence."""

    def __init__(self, status: int, code: str, detail: str = "", **headers: str) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def document(
    status: int, code: str = "", *, detail: str = "", **members: object
) -> dict[str, object]:
    """The members of one problem. Empty ones are left out."""
    code = code or CODES.get(status, f"http_{status}")
    phrase = HTTPStatus(status).phrase if code == CODES.get(status) else _words(code)
    said: dict[str, object] = {
        "type": f"urn:omnihub:problem:{code}",
        "title": phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": _instance(),
        **members,
    }
    return {name: value for name, value in said.items() if value not in ("", None)}


def _words(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _instance() -> str:
    """This occurrence: the id under which the logs speak of it."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return f"urn:omnihub:request:{found}" if found else ""


def handle(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """The answer to what a view raised; None for a fault of ours, which goes on upwards."""
    status, said, headers = _answer(error)
    if not status:
        return None
    return Response(said, status=status, headers=headers, content_type=MEDIA_TYPE)


def _answer(error: Exception) -> tuple[int, dict[str, object], dict[str, str]]:
    if isinstance(error, Refused):
        status = refused_status(error)
        return status, document(status, error.code, params=error.params), {}
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if status := _of_django(error):
        return status, document(status), {}
    return 0, {}, {}


def refused_status(no: Refused) -> int:
    if isinstance(no, Conflict):
        return 409
    return 403 if isinstance(no, Forbidden) or no.code == "admins_only" else 422


def _of_django(error: Exception) -> int:
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return 404
    if isinstance(error, RequestDataTooBig):
        return 413
    if isinstance(error, SuspiciousOperation):
        return 400
    return 403 if isinstance(error, DjangoDenied) else 0


def _of_framework(
    error: exceptions.APIException,
) -> tuple[int, dict[str, object], dict[str, str]]:
    if isinstance(error, exceptions.ValidationError):
        return 422, document(422, errors=list(faults(error.get_full_details()))), {}
    status = error.status_code
    own = isinstance(error, Problem) or error.get_codes() == "insufficient_scope"
    code = str(error.get_codes()) if own else ""
    return status, document(status, code, detail=str(error.detail)), _headers(error)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _sayable(text: str) -> str:
    """What was sent may be no text at all: half a surrogate pair cannot be sent back."""
    return text.encode("utf-8", "replace").decode()


def faults(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """`{field, code, message}` for each fault; nested fields are joined by dots."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        said = str(details["message"])
        yield {"field": _sayable(path), "code": str(details["code"]), "message": _sayable(said)}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from faults(inner, here)
    elif isinstance(details, list):
        for place, inner in enumerate(details):
            is_leaf = isinstance(inner, Mapping) and set(inner) == {"message", "code"}
            yield from faults(inner, path if is_leaf else f"{path}.{place}" if path else str(place))
