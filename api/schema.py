"""How endpoints are described for OpenAPI, problems included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers

from api.problems import CODES, MEDIA_TYPE
from api.serializers.problems import Problem

F = TypeVar("F", bound=Callable[..., Any])
V = TypeVar("V", bound=type)
ALWAYS = (400, 401, 403, 406, 413, 429, 500, 503)
POSTING = (409, 411, 415, 422)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A retry with the same key gets the first answer. Kept for 24 hours.",
)
SEEN = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the case as you saw it: 409 when somebody changed its header since.",
)
REPLAYED = OpenApiParameter(
    "Idempotency-Replayed",
    str,
    OpenApiParameter.HEADER,
    response=True,
    description="`true` where this is the answer of an earlier request.",
)


def described(
    name: str,
    summary: str,
    *,
    tag: str,
    gives: Any,
    query: type[serializers.Serializer[Any]] | None = None,
    absent: bool = True,
    also: Iterable[int] = (),
    about: str = "",
) -> Callable[[F], F]:
    """A GET: what it takes from the address, gives, and may refuse. `absent` adds 404."""
    asked = (422,) if query else ()
    given = gives if isinstance(gives, dict) else {200: gives}
    answers: dict[Any, Any] = {
        **given,
        **refusals(*ALWAYS, *((404,) if absent else ()), *asked, *also),
    }
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=about or f"{summary}.",
        tags=[tag],
        parameters=[query] if query else [],
        responses=answers,
    )


def action(
    name: str,
    summary: str,
    *,
    tag: str,
    takes: Any = None,
    gives: Mapping[int, Any],
    seen: bool = False,
    absent: bool = True,
    about: str = "",
    example: Mapping[str, Any] | None = None,
    method: str = "post",
    query: type[serializers.Serializer[Any]] | None = None,
) -> Callable[[V], V]:
    """A view whose POST, or other `method`, does something. `seen` where it heeds If-Match."""
    answers: dict[Any, Any] = {**gives, **refusals(*ALWAYS, *POSTING, *((404,) if absent else ()))}
    described = extend_schema(
        operation_id=name,
        summary=summary,
        description=about or f"{summary}.",
        tags=[tag],
        parameters=[KEY, REPLAYED, *((SEEN,) if seen else ()), *((query,) if query else ())],
        request=takes,
        responses=answers,
        examples=examples(example),
    )
    return extend_schema_view(**{method: described})


def look(
    name: str,
    summary: str,
    *,
    tag: str,
    takes: Any,
    gives: Any,
    seen: bool = False,
    about: str = "",
    example: Mapping[str, Any] | None = None,
) -> Callable[[V], V]:
    """A view whose POST only looks."""
    described = extend_schema(
        operation_id=name,
        summary=summary,
        description=about or f"{summary}.",
        tags=[tag],
        parameters=[SEEN] if seen else [],
        request=takes,
        responses={200: gives, **refusals(*ALWAYS, *POSTING, 404)},
        examples=examples(example),
    )
    return extend_schema_view(post=described)


def examples(body: Mapping[str, Any] | None) -> list[OpenApiExample]:
    """A body as it is usually sent."""
    return [OpenApiExample("Usual", value=dict(body), request_only=True)] if body else []


def refusals(*statuses: int) -> dict[tuple[int, str], Any]:
    return {
        (status, MEDIA_TYPE): OpenApiResponse(Problem, description=CODES[status].replace("_", " "))
        for status in sorted(set(statuses))
    }


@cache
def page_of(kind: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """`{results, next}` of what this serializer writes."""
    name = kind.__name__.removesuffix("Out")
    members: dict[str, Any] = {
        "results": kind(many=True),
        "next": serializers.URLField(allow_null=True),
        "__module__": __name__,
    }
    return type(f"{name}Page", (serializers.Serializer,), members)


def close(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Bodies take the fields that are named and no others."""
    for name, component in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("In"):
            component["additionalProperties"] = False
    return result
