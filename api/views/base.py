"""What every endpoint begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import idempotency, reads
from api.authentication import token_of
from api.models import Scope
from api.parsers import Json
from api.problems import Problem
from conversations.models import Agent, Blob
from conversations.services.errors import Forbidden

LARGEST = 1024 * 1024
"""Bytes of a body without files."""


class Resource(APIView):
    """Reads by `get`; does by `act`, which `post` calls once a key."""

    scope: ClassVar[Scope | None] = None
    parser_classes: ClassVar[list[type[BaseParser]]] = [Json]  # type: ignore[misc]  # the stubs' is an instance variable
    most: ClassVar[int] = LARGEST

    @property
    def agent(self) -> Agent:
        return token_of(self.request).agent

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.most:
            raise Problem(413, "too_large", f"At most {self.most} bytes.")

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        finished = super().finalize_response(request, response, *args, **kwargs)
        budget = getattr(request._request, "api_budget", None)  # noqa: SLF001  # where the throttle left it
        for name, value in (budget.headers if budget else {}).items():
            finished.headers[name] = value
        return finished

    def taken(self, kind: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
        """The body as its serializer takes it; raises ValidationError."""
        asked = kind(data=self.request.data, context={"agent": self.agent})
        asked.is_valid(raise_exception=True)
        found: Mapping[str, Any] = asked.validated_data
        return found

    def asked(self, kind: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
        """The address's query as its serializer takes it; raises ValidationError."""
        asked = kind(data=self.request.query_params.dict(), context={"agent": self.agent})
        asked.is_valid(raise_exception=True)
        found: Mapping[str, Any] = asked.validated_data
        return found


def refuse_if_gone(blob: Blob) -> None:
    """Raises Problem where its bytes were let go."""
    if not reads.is_kept(blob):
        raise Problem(410, "gone", "These bytes are not kept any more.")


class Action(Resource):
    """A POST: done once a key."""

    def act(self, request: Request, **named: int) -> Response:
        raise NotImplementedError

    def post(self, request: Request, **named: int) -> Response:
        return idempotency.once(
            request, lambda: self.act(request, **named), on_error=self.handle_exception
        )


class Preview(Resource):
    """A POST that only looks: it takes a body, changes nothing, and reading is enough."""

    scope = Scope.READ

    def look(self, request: Request, **named: int) -> Response:
        raise NotImplementedError

    def post(self, request: Request, **named: int) -> Response:
        return self.look(request, **named)


class AdminsOnly(Resource):
    """For admins, with a token of scope `admin`."""

    scope = Scope.ADMIN

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.agent.is_admin:
            raise Forbidden("admins_only")


class AdminAction(AdminsOnly, Action):
    """A POST of an admin."""
