"""The schema, and a page to read it on. Both tell nothing about anybody's data."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON."""
    return HttpResponse(_schema(), content_type="application/vnd.oai.openapi+json")


@lru_cache(maxsize=1)
def _schema() -> bytes:
    """Made once a process: it is the same for everybody."""
    made = SchemaGenerator(patterns=_patterns()).get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # it has no types
    return OpenApiJsonRenderer().render(made)


def _patterns() -> list[URLPattern | URLResolver]:
    return [path("api/", include("api.urls"))]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
