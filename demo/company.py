"""Found the demo company: teams, agents, and the e-mail channel that leads to the simulator."""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.contrib.auth.hashers import make_password

from channels_email.models import EmailAccount
from conversations.models import Agent, Channel, Macro, Role, Team, Workspace
from demo import hours
from demo.macros import MACROS
from demo.people import HOUSE, MAIL_SERVER, TEAMS, WORKERS, Worker

REPLY_TARGET = timedelta(hours=1)
SIGNATURE = "{name}\nKalma support"


def found(password: str) -> Channel:
    """Everything but the story. Returns the channel."""
    Workspace.objects.create(name="Kalma")
    for name, icon in TEAMS.items():
        Team.objects.create(name=name, icon=icon)
    hours.open_the_lab()
    hashed = make_password(password)
    for worker in WORKERS:
        _hire(worker, hashed)
    for macro in MACROS:
        Macro.objects.create(**macro)
    channel = _open_channel()
    if apps.is_installed("channels_sms"):
        from demo import texts

        texts.open_channel()
    if apps.is_installed("channels_video"):
        from demo import films

        films.open_channel()
    return channel


def _hire(worker: Worker, hashed: str) -> None:
    first, _, last = worker.name.partition(" ")
    is_admin = worker.role == Role.ADMIN
    agent = Agent.objects.create(
        username=worker.username,
        email=worker.email,
        password=hashed,
        first_name=first,
        last_name=last,
        role=worker.role,
        is_staff=is_admin,
        is_superuser=is_admin,
    )
    agent.teams.set(Team.objects.filter(name__in=worker.teams))


def _open_channel() -> Channel:
    channel = Channel.objects.create(
        kind="email",
        name="support",
        label=HOUSE,
        team=Team.objects.default(),
        reply_target=REPLY_TARGET,
        fails_over=True,
    )
    EmailAccount.objects.create(
        channel=channel,
        address=HOUSE,
        display_name="Kalma",
        signature=SIGNATURE,
        authserv_id=MAIL_SERVER,
        is_simulated=True,
    )
    return channel
