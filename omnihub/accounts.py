"""Agents are invited; mail about passwords names this house, never a request's host."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, UserTokenForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversations.models import Agent, Workspace
from conversations.services import duty
from conversations.services.colleagues import public_url


@dataclass(frozen=True, slots=True)
class House:
    """What mails call this installation."""

    name: str
    domain: str


class Adapter(DefaultAccountAdapter):
    """Closes the public sign-up; links come from OMNIHUB_URL alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        """Who signs out is offline, and is given nothing."""
        if isinstance(request.user, Agent):
            duty.sign_out(agent=request.user)
        super().logout(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """A forged Host header must not lead an agent, token in hand, to somebody else's site."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return public_url(path.replace("UID-KEY", quote(key)))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        domain = urlsplit(public_url("/")).netloc
        house = House(name=Workspace.objects.current().name or "OmniHub", domain=domain)
        super().send_mail(template_prefix, email, {**context, "current_site": house})


class DoorForm(LoginForm):
    """Says what to type: allauth's own label is the verb."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address or user name")
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)


class TokenForm(UserTokenForm):
    """A link for somebody who was let go opens nothing."""

    def _get_user(self, uidb36: str) -> Agent | None:
        found = super()._get_user(uidb36)
        return found if isinstance(found, Agent) and found.is_active else None
