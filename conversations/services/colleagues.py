"""Who works here: invite, let go, bring back."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string

from conversations import events
from conversations.models import Agent, Case, Role, Status, Workspace
from conversations.services import assignment, duty
from conversations.services.errors import Refused

_STAYS_HERE = ("filebased", "console", "dummy")


def mail_leaves() -> bool:
    """Whether the house's own mail goes to people, and not into a folder of this machine."""
    return settings.EMAIL_BACKEND.split(".")[-2] not in _STAYS_HERE


def invite(*, agent: Agent, by: Agent) -> str:
    """Mail an agent the link that sets their first password; returns it. It works once, 24 h.

    A new invitation ends the earlier ones. Raises OSError when the mail cannot be handed over.
    """
    if not agent.is_active:
        raise Refused("deactivated")
    if agent.has_usable_password():
        raise Refused("has_joined")
    # its random part is what tokens are made from
    agent.set_unusable_password()
    agent.save(update_fields=["password"])
    link = password_link(agent)
    _mail(agent, "invitation", {"link": link, "by": str(by)})
    return link


def send_password_link(*, agent: Agent, by: Agent) -> str:
    """Mail an agent who has a password the link to set another; returns it. Once, 24 h."""
    if not agent.is_active:
        raise Refused("deactivated")
    link = password_link(agent)
    _mail(agent, "password", {"link": link, "by": str(by)})
    return link


def password_link(agent: Agent) -> str:
    """Where this agent sets a password. The address of the house comes from settings alone."""
    tokens = import_string("allauth.account.forms.default_token_generator")
    uid = import_string("allauth.account.utils.user_pk_to_url_str")(agent)
    path = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": uid, "key": tokens.make_token(agent)}
    )
    return public_url(path)


def public_url(path: str) -> str:
    """A link for people outside: never made from what a request says about its host."""
    return (settings.OMNIHUB_URL or "http://127.0.0.1:8000") + path


def _mail(agent: Agent, letter: str, values: dict[str, str]) -> None:
    context = {
        **values,
        "agent": agent,
        "workspace": Workspace.objects.current().name,
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    with translation.override(agent.language):
        subject = render_to_string(f"conversations/mail/{letter}_subject.txt", context)
        text = render_to_string(f"conversations/mail/{letter}.txt", context)
    send_mail(" ".join(subject.split()), text.strip() + "\n", None, [agent.email])


def deactivate(*, agent_id: int, by: Agent) -> list[Case]:
    """Let an agent go: no log-in from now on. Returns the open cases that lost their assignee."""
    with transaction.atomic():
        agent = _changeable(agent_id, by)
        cases = list(_open_cases(agent).order_by("id"))
        for case in cases:
            assignment.assign(case_id=case.pk, agent=by, assignee_id=None)
        agent.is_active = False
        agent.save(update_fields=["is_active"])
        duty.sign_out(agent=agent)
        events.rights_changed(agent.pk)
        return cases


def bring_back(*, agent_id: int, by: Agent) -> Agent:
    with transaction.atomic():
        agent = _changeable(agent_id, by)
        agent.is_active = True
        agent.save(update_fields=["is_active"])
        events.rights_changed(agent.pk)
        return agent


def holds(agent: Agent) -> int:
    """How many open cases are theirs."""
    return _open_cases(agent).count()


def _open_cases(agent: Agent) -> QuerySet[Case]:
    return Case.objects.filter(assignee=agent, status__in=[Status.OPEN, Status.SNOOZED])


def _changeable(agent_id: int, by: Agent) -> Agent:
    """Nobody locks themselves out; since whoever acts is an admin, one is always left."""
    if not (by.is_active and by.is_admin):
        raise Refused("admins_only")
    if agent_id == by.pk:
        raise Refused("yourself")
    return Agent.objects.select_for_update().get(pk=agent_id)


def rights_of(role: str, *, is_superuser: bool = False) -> bool:
    """Whether a role opens the admin: Django's `is_staff` follows the role, never the reverse."""
    return is_superuser or role == Role.ADMIN
