"""`Authorization: Bearer hub_…`"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from api.models import ApiToken, Scope


class TokenAuthentication(BaseAuthentication):
    """The token's agent acts. No token: anonymous. A wrong one: 401, whatever is wrong with it."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.objects.find(text.strip())
        if token is None:
            raise AuthenticationFailed
        token.note_use()
        return token.agent, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="omnihub"'


class HasScope(BasePermission):
    """Reading needs `read`, anything else `write`, unless the view names a `scope` of its own.

    A wider scope includes the narrower ones.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.auth, ApiToken):
            return False
        needed = scope_of(view, str(request.method))
        if not request.auth.allows(needed):
            raise PermissionDenied(f"This token lacks the scope “{needed}”.", "insufficient_scope")
        return True


def token_of(request: Request) -> ApiToken:
    """The token of a request that HasScope let in."""
    if not isinstance(request.auth, ApiToken):
        raise NotAuthenticated
    return request.auth


def scope_of(view: object, method: str) -> Scope:
    usual = Scope.READ if method in SAFE_METHODS else Scope.WRITE
    return getattr(view, "scope", None) or usual


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """How the schema names it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
