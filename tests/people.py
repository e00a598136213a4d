"""The people and things that core tests are about, and how mail reaches them."""

import itertools
import json
import uuid
from collections.abc import Mapping
from typing import Any

from conversations import receipts
from conversations.models import Agent, Case, Channel, Message, Receipt, Role, Team
from conversations.services import intake, reply

_serial = itertools.count(1)


def make_agent(name: str, *teams: Team, role: str = Role.AGENT) -> Agent:
    first = name.split(maxsplit=1)[0].lower()
    agent = Agent.objects.create_user(
        username=first, email=f"{first}@staff.example", password="sesame", role=role
    )
    agent.first_name, _, agent.last_name = name.partition(" ")
    agent.undo_seconds = 0
    agent.save()
    for team in teams:
        team.members.add(agent)
    return agent


def make_channel(team: Team, *, name: str = "support", kind: str = "paper") -> Channel:
    return Channel.objects.create(kind=kind, name=name, team=team)


def record(
    channel: Channel, said: Mapping[str, Any], *, key: str = "", history: bool = False
) -> Receipt:
    """A receipt of the test channel; nothing is understood yet."""
    body = json.dumps(said).encode()
    return receipts.record(channel, key or f"event-{next(_serial)}", body, is_history=history)


def receive(channel: Channel, sender: str, text: str = "Hello", **said: Any) -> Message:
    """A mail from somebody, all the way in."""
    said.setdefault("id", f"{next(_serial)}@mail.example")
    receipt = record(channel, {"from": sender, "text": text, **said})
    intake.process(receipt.pk)
    return Message.objects.select_related("case__conversation__customer").get(
        receipt=receipt, kind="message"
    )


def answer(case: Case, agent: Agent, text: str = "Done.", **wishes: Any) -> Message:
    wishes.setdefault("to", reply.options(case=case).to)
    wishes.setdefault("client_id", uuid.uuid4())
    return reply.send(case_id=case.pk, agent=agent, text=text, **wishes)
