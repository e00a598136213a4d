"""The admin's own site: one door with one lock, opened by the role alone."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from unfold.sites import UnfoldAdminSite

from conversations.models import Agent
from conversations.services import duty


class HubSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        """Django asks for `is_staff` only, which a demoted admin might still carry."""
        user = request.user
        return bool(user.is_active and getattr(user, "is_admin", False))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offline, as at the desk's door."""
        if isinstance(request.user, Agent):
            duty.sign_out(agent=request.user)
        return super().logout(request, extra_context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # Django's signature
        """The house's login: the same limit of attempts and second factor as everywhere."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        wanted = urlencode({"next": request.GET.get("next", "") or resolve_url("admin:index")})
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{wanted}")
