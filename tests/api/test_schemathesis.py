"""Every endpoint as the schema tells it, asked with whatever the schema allows and more.

No fault, no status or notation that is not documented, no answer of another shape; and what a
restricted team works on is in no answer to somebody else.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from django.db import connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from api.models import ApiToken, WebhookEndpoint, WebhookEvent
from conversations.models import Agent, Case, Channel, Erasure, Export, Macro, Team
from conversations.services import bulk, drafts, filtering, split, views
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary"
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def house(live: str, support: Channel, legal: Team, priya: Agent) -> Iterator[dict[str, int | str]]:
    """Something of every kind that Priya sees, and of what she does not."""
    lex = make_agent("Lex Law", legal)
    counsel = make_channel(legal, name="counsel")
    Channel.objects.update(is_own_topic=True)
    for channel, author, word in ((support, priya, "open"), (counsel, lex, CANARY)):
        channel.refresh_from_db()
        message = receive(
            channel, f"{word}@out.example", f"Words {word}", subject=word, files={word: word}
        )
        answer(message.case, author, f"Answer {word}")
    first = support.messages.earliest("id")
    delivery = support.deliveries.earliest("id")
    job = bulk.start(
        agent=priya,
        action="reopen",
        params={},
        cases=Case.objects.filter(pk=first.case_id),
        client_id=uuid.uuid4(),
    )
    note = receive(
        support, "open@out.example", "And another matter", tokens=[first.case.reply_token]
    )
    entry = split.split(case_id=first.case_id, agent=priya, message_ids=[note.pk])
    export = Export.objects.create(
        customer=first.conversation.customer, agent=priya, client_id=uuid.uuid4()
    )
    gone = Erasure.objects.create(
        customer_number=1, agent=priya, due_at=timezone.now(), state="done"
    )
    hook = WebhookEndpoint.objects.create(agent=priya, name="Shop", url="https://shop.example/")
    event = WebhookEvent.objects.create(
        endpoint=hook, type="case.updated", happened_at=timezone.now(), until=timezone.now()
    )
    receive(support, "mal@evil.example", "I as well", tokens=[first.case.reply_token])
    macro = Macro.objects.create(name="Late", add_tags="late", owner=priya)
    drafts.save(
        case_id=first.case_id, agent=priya, kind="message", text="Dear", fields={}, version=0
    )
    wanted = filtering.Wanted(waits="yes")
    view = views.save(agent=priya, name="Waits", queue="all", wanted=wanted)
    yield {
        "job_id": job.pk,
        "webhook_id": hook.pk,
        "export_id": export.pk,
        "erasure_id": gone.pk,
        "event_id": event.pk,
        "view_id": view.pk,
        "rearrangement_id": entry.pk,
        "macro_id": macro.pk,
        "participant_id": first.case.participants.get().pk,
        "key": "all",
        "case_id": first.case_id,
        "conversation_id": first.conversation_id,
        "customer_id": first.conversation.customer_id,
        "identity_id": first.identity_id or 0,
        "message_id": first.pk,
        "attachment_id": first.attachments.get().pk,
        "delivery_id": delivery.pk,
        "channel_id": support.pk,
        "receipt_id": first.receipt_id or 0,
    }
    connections.close_all()


def token(agent: Agent, scope: str) -> str:
    return ApiToken.objects.issue(agent_id=agent.pk, name="test", scopes=[scope])[1]


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody with a token, who knows some numbers and must not read some words."""

    live: str
    known: dict[str, int | str]
    secret: str
    examples: int
    hidden: str = CANARY

    def ask_everything(self) -> list[str]:
        """Which operations went wrong, and how."""
        schema = schemathesis.openapi.from_url(f"{self.live}/api/v1/schema/")
        operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        with requests.Session() as session:
            found = [self._try(one, mode, session) for one in operations for mode in modes]
        return [wrong for wrong in found if wrong]

    def _try(self, operation: Any, mode: GenerationMode, session: requests.Session) -> str:
        @hypothesis_settings(
            max_examples=self.examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            if mode == GenerationMode.POSITIVE:
                # what exists: a made-up number would only ever be a 404
                case.path_parameters = {n: self.known[n] for n in case.path_parameters or {}}
            headers = {"Authorization": f"Bearer {self.secret}"}
            answered = case.call(session=session, headers=headers)
            case.validate_response(answered, checks=CHECKS)
            assert self.hidden not in answered.text

        try:
            one()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 -- what the test asks about
            return f"{operation.label} {mode.value}: {_words(error)}"
        return ""


def _words(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_words(one) for one in error.exceptions)
    return str(error)[:1500]


def test_the_schema_holds(live: str, house: dict[str, int | str], priya: Agent) -> None:
    asker = Asker(live=live, known=house, secret=token(priya, "write"), examples=2)
    assert not asker.ask_everything()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("scope", "role"), [("write", "agent"), ("admin", "admin")])
def test_the_schema_holds_for_long(
    live: str, house: dict[str, int | str], scope: str, role: str
) -> None:
    """Somebody of no team, and an admin, who may see everything."""
    lena = make_agent("Lena Ortiz", role=role)
    hidden = CANARY if role == "agent" else "\x00"
    known, secret = house, token(lena, scope)
    asker = Asker(live=live, known=known, secret=secret, examples=40, hidden=hidden)
    assert not asker.ask_everything()
