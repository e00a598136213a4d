"""What an agent passes on from their own mail program, made into the message that it was."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from conversations import events
from conversations.adapters.messages import Address, Grade, IdentityKind, InboundMessage
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Conversation,
    Identity,
    Kind,
    Message,
)
from conversations.services import threads, who
from conversations.services.errors import Refused
from conversations.services.topics import clean_subject

KEPT = ("text", "folded", "html", "subject", "author_name")
"""What of the agent's mail gives way to the forwarded words, and comes back."""


def offered(message: InboundMessage) -> dict[str, object]:
    """What to keep of a forward with the message: only of an agent's, whose sender is not forged.

    Nothing where the forward's sender is ourselves or one of our people.
    """
    found = message.forwarded
    if found is None or message.grade is Grade.FAIL or not _is_agent(message.sender):
        return {}
    if who.is_nobody(found.sender.kind, found.sender.value):
        return {}
    return {
        "forwarded": {
            "kind": found.sender.kind,
            "address": found.sender.value,
            "name": found.sender.name[:200],
            "subject": found.subject,
            "text": found.text,
            "note": found.note,
        }
    }


def _is_agent(sender: Address) -> bool:
    return (
        sender.kind is IdentityKind.EMAIL
        and Agent.objects.filter(email__iexact=sender.value, is_active=True).exists()
    )


def give(*, case_id: int, message_id: int, agent: Agent) -> Message:
    """Make an agent's forward from whom it says it is: the case goes into that customer's thread.

    They are known by what an agent vouched for, no more: the sender stays unchecked. The agent's
    own words above become a note. Raises Refused where there is no forward, or an answer already;
    Conflict where another agent was first.
    """
    with transaction.atomic():
        message = _forward(case_id, message_id, agent)
        said = message.params.get("forwarded")
        if not said or message.params.get("given"):
            threads.refuse_if_done(message.case, agent, ["forward_given"])
            raise Refused("not_a_forward")
        address = Address(kind=IdentityKind(said["kind"]), value=said["address"], name=said["name"])
        identity = who.identify(address, grade=Grade.NONE)
        target = _thread(identity)
        source, case = _lock(case_id, target.pk, agent)
        note = _note(source, case, message, said["note"])
        message.params = {**message.params, "given": _before(message, source, note)}
        message.identity = identity
        message.author_name = said["name"] or said["address"]
        message.text, message.subject = said["text"], said["subject"] or message.subject
        message.folded = message.html = ""
        message.save()
        _say(source, case, agent, "forward_given", message)
        _move(case, source, Conversation.objects.locked(target.pk))
        return message


def take_back(*, case_id: int, message_id: int, agent: Agent) -> Message:
    """Undo `give`: the forward is the agent's again, in the thread where it came in."""
    with transaction.atomic():
        message = _forward(case_id, message_id, agent)
        was: dict[str, Any] | None = message.params.get("given")
        if not was:
            threads.refuse_if_done(message.case, agent, ["forward_taken_back"])
            raise Refused("not_a_forward")
        source, case = _lock(case_id, was["conversation"], agent)
        for name in KEPT:
            setattr(message, name, was[name])
        message.identity_id = was["identity"]
        message.params = {k: v for k, v in message.params.items() if k != "given"}
        message.save()
        Message.objects.filter(pk=was["note"]).update(cancelled_at=source.now)
        _say(source, case, agent, "forward_taken_back", message)
        _move(case, source, Conversation.objects.locked(was["conversation"]))
        return message


def _forward(case_id: int, message_id: int, agent: Agent) -> Message:
    """Raises Case.DoesNotExist where the agent may not see it, or there is none; Forbidden."""
    _conversation, case = threads.case_for_work(case_id, agent)
    if not case.messages.filter(pk=message_id).exists():
        raise Case.DoesNotExist
    return case.messages.select_related("identity").get(pk=message_id)


def _thread(identity: Identity) -> Conversation:
    """Not locked yet: two threads are locked in the order of their ids."""
    if identity.customer is None:
        return who.thread_of_nobody(identity)
    return Conversation.objects.get_or_create(customer=who.survivor(identity.customer))[0]


def _lock(case_id: int, other: int, agent: Agent) -> tuple[Conversation, Case]:
    """Both threads. What was answered, or has others' words in it, stays where it is."""
    here = Case.objects.values_list("conversation", flat=True).get(pk=case_id)
    for pk in sorted((here, other)):
        Conversation.objects.locked(pk)
    conversation, case = threads.case_for_work(case_id, agent)
    own = case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None)
    if own.filter(Q(identity=None) | Q(deliveries__isnull=False)).exists() or own.count() > 1:
        raise Refused("answered_already")
    return conversation, case


def _note(conversation: Conversation, case: Case, message: Message, text: str) -> Message | None:
    writer = message.identity and Agent.objects.filter(email__iexact=message.identity.value).first()
    if not text.strip() or not writer:
        return None
    note = Message(case=case, kind=Kind.NOTE, agent=writer, author_name=str(writer), text=text)
    return threads.add(conversation, note)


def _before(message: Message, source: Conversation, note: Message | None) -> dict[str, object]:
    return {
        **{name: getattr(message, name) for name in KEPT},
        "identity": message.identity_id,
        "conversation": source.pk,
        "note": note.pk if note else None,
    }


def _say(conversation: Conversation, case: Case, agent: Agent, code: str, message: Message) -> None:
    address = message.params["forwarded"]["address"]
    threads.add_activity(conversation, case, code, agent=agent, params={"address": address})


def _move(case: Case, source: Conversation, target: Conversation) -> None:
    """The whole case, with everything in it; both threads are loaded anew by who looks at them."""
    case.conversation = target
    case.topic = _topic(case)
    case.messages.update(conversation=target)
    threads.reckon_preview(case)
    source.revision = target.revision = max(source.revision, target.revision)
    for conversation in (source, target):
        events.record_change(conversation, ChangeKind.RESET)
    case.save()


def _topic(case: Case) -> str:
    first = case.messages.filter(kind=Kind.MESSAGE).order_by("sorted_at", "id").first()
    return (clean_subject(first.subject) if first else "") or case.topic
