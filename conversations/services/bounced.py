"""Mail about mail of ours: told to the delivery that it means, else kept where people see it."""

from __future__ import annotations

from dataclasses import replace

from conversations.adapters.messages import Address, DeliveryReport, IdentityKind, Outcome
from conversations.models import Case, Conversation, Customer, Delivery, Identity, Status
from conversations.outbox import apply_report, whose
from conversations.services import threads, which, who
from conversations.services.arrivals import Arrival
from conversations.services.topics import topic_of


def take(arrival: Arrival) -> Case:
    """Put a bounce where it belongs. Call inside a transaction.

    One that finds its delivery marks it, and stands in no thread; unless it comes from somebody
    who is a customer, whose words must be seen whatever else their mail says. What it says is
    anybody's word: without the id of a mail of ours it can make one recipient's delivery failed,
    and no more.
    """
    told = [] if arrival.is_history else _told(arrival)
    if not told:
        return _keep(arrival)
    case = _case_of(told[0])
    return _keep(replace(arrival, reference=case)) if _is_of_a_person(arrival) else case


def _is_of_a_person(arrival: Arrival) -> bool:
    return Identity.objects.filter(
        value=arrival.message.sender.value, customer__isnull=False
    ).exists()


def machine(sender: Address) -> Address:
    """Who writes reports is nobody's address, and never a customer's."""
    value = f"machine:{sender.value}"[:320]
    return Address(kind=IdentityKind.EXTERNAL, value=value, name=sender.name or sender.value)


def _told(arrival: Arrival) -> list[Delivery]:
    found = [pair for report in arrival.message.reports if (pair := _match(arrival, report))]
    found.sort(key=lambda pair: pair[1].conversation_id)
    return [
        delivery
        for report, meant in found
        if (delivery := apply_report(arrival.channel, report, delivery=meant))
    ]


def _match(arrival: Arrival, report: DeliveryReport) -> tuple[DeliveryReport, Delivery] | None:
    """By the id of our mail, which only its readers know; else by the address that failed."""
    named = whose.named(arrival.channel, report.provider_id)
    if named is not None:
        return report, named
    tokens = arrival.message.tokens
    guessed = whose.guessed(arrival.channel, report.recipient, tokens)
    if guessed is None or report.outcome not in {Outcome.FAILED, Outcome.UNKNOWN}:
        return None
    return replace(report, ends_address=False), guessed


def _case_of(delivery: Delivery) -> Case:
    message = delivery.messages.select_related("case").order_by("id")[0]
    return message.case


def _keep(arrival: Arrival) -> Case:
    """In the case that it quotes, else in one that collects what this server sent back."""
    named = arrival.reference or _collecting(arrival)
    conversation = (
        Conversation.objects.locked_with(named)
        if named
        else who.thread_of_nobody(arrival.identity, name=arrival.identity.name)
    )
    case = which.as_it_is_now(named) if named else None
    known = conversation.messages.filter(message_id=arrival.message.message_id).first()
    if known is not None and arrival.message.message_id:
        return known.case
    case = case or _new_case(arrival, conversation)
    entry = arrival.entry(conversation, case)
    threads.add(conversation, entry, files=arrival.message.files)
    threads.note_message(case, entry, arrival.channel.kind)
    case.save()
    return case


def _collecting(arrival: Arrival) -> Case | None:
    mine = Customer.objects.filter(via=arrival.identity)
    known = Case.objects.filter(conversation__customer__in=mine, team=arrival.channel.team)
    return known.order_by("-id").first()


def _new_case(arrival: Arrival, conversation: Conversation) -> Case:
    """Resolved from the start: there is nobody to answer, and nobody waits."""
    case = which.new_case(
        conversation,
        channel=arrival.channel,
        topic=topic_of(arrival.message),
        at=conversation.now,
    )
    case.status, case.resolved_at = Status.RESOLVED, conversation.now
    case.save()
    return case
