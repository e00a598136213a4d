"""`Authorization: Bearer hub_…`"""

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
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
    """Reading needs `read` or `write`, anything else `write`."""

    def has_permission(self, request: Request, view: object) -> bool:  # noqa: ARG002  # its signature
        if not isinstance(request.auth, ApiToken):
            return False
        needed = {Scope.READ, Scope.WRITE} if request.method in SAFE_METHODS else {Scope.WRITE}
        return not needed.isdisjoint(request.auth.scopes)
