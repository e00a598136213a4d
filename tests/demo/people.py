"""Who the tests of the demo are about."""

import uuid
from datetime import UTC, datetime

from conversations.models import Agent, Case, Message
from conversations.services import reply
from demo.models import Mail
from demo.people import Person
from demo.telling import send_due

SAM = Person(name="Sam Field", address="sam.field@mail.example")
NOW = datetime(2026, 11, 19, 14, 36, tzinfo=UTC)


def answer(case: Case, agent: Agent, text: str = "Oil helps.") -> Mail:
    """An agent answers and the outbox sends it; the mail as the simulator took it."""
    to = reply.options(case=case).to
    sent = reply.send(case_id=case.pk, agent=agent, text=text, to=to, client_id=uuid.uuid4())
    send_due()
    return Mail.objects.get(message_id=sent.message_id)


def newest(case: Case) -> Message:
    return Message.objects.filter(case=case, kind="message").latest("sorted_at", "pk")
