"""Rows as their viewer may see them, with what is written of each, in few statements.

Everything derives from `Case.objects.visible_to`.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Case,
    Channel,
    Conversation,
    Customer,
    Delivery,
    Identity,
    Message,
    Rearrangement,
    Receipt,
)


def cases(agent: Agent) -> QuerySet[Case]:
    """Every case that the agent sees."""
    mine = Case.objects.of_teams_of(agent).filter(pk=OuterRef("pk"))
    rows = Case.objects.visible_to(agent).select_related(
        "team", "assignee", "conversation__customer"
    )
    return rows.prefetch_related("tags").annotate(can_act=Exists(mine))


def conversations(agent: Agent) -> QuerySet[Conversation]:
    seen = Case.objects.visible_to(agent).filter(pk=OuterRef("pk"))
    shown = Case.objects.standing().select_related("team").annotate(is_seen=Exists(seen))
    rows = Conversation.objects.visible_to(agent).select_related("customer")
    return rows.prefetch_related(Prefetch("cases", shown))


def case(agent: Agent, number: int) -> Case:
    """A case that the agent sees; the number of a merged one leads to the other."""
    rows = cases(agent)
    try:
        return rows.get(pk=number)
    except Case.DoesNotExist:
        return rows.get(pk=Case.objects.survivor_of(number))


def conversation(agent: Agent, number: int) -> Conversation:
    """A conversation that the agent sees; one that was merged leads to the other."""
    rows = conversations(agent)
    try:
        return rows.get(pk=number)
    except Conversation.DoesNotExist:
        return rows.get(pk=Conversation.objects.survivor_of(number))


def customer(agent: Agent, number: int) -> Customer:
    """A customer that the agent sees; one that was merged leads to the other."""
    rows = customers(agent)
    try:
        return rows.get(pk=number)
    except Customer.DoesNotExist:
        thread = Conversation.objects.get(customer=number)
        return rows.get(conversation=Conversation.objects.survivor_of(thread.pk))


def customers(agent: Agent) -> QuerySet[Customer]:
    """Those with a conversation that the agent sees."""
    visible = Conversation.objects.visible_to(agent).filter(customer=OuterRef("pk"))
    rows = Customer.objects.filter(Exists(visible)).select_related("conversation", "via")
    seen = Case.objects.visible_to(agent).filter(conversation__customer=OuterRef("pk"))
    urgent = seen.most_urgent()
    return rows.prefetch_related("identities", "claims").annotate(
        waiting_since=Subquery(urgent.values("waiting_since")[:1]),
        reply_due_at=Subquery(urgent.values("reply_due_at")[:1]),
    )


def identities(agent: Agent) -> QuerySet[Identity]:
    """Addresses of those customers; shared ones that a customer writes through among them."""
    seen = Conversation.objects.visible_to(agent)
    own = seen.filter(customer=OuterRef("customer"))
    through = seen.filter(customer__via=OuterRef("pk"))
    return Identity.objects.filter(Exists(own) | Exists(through))


def messages(agent: Agent) -> QuerySet[Message]:
    files = Attachment.objects.select_related("blob").defer("blob__content").order_by("position")
    rows = Message.objects.visible_to(agent).select_related("identity", "agent", "channel")
    return rows.defer("html").prefetch_related(
        Prefetch("attachments", files), Prefetch("deliveries", Delivery.objects.order_by("pk"))
    )


def attachments(agent: Agent) -> QuerySet[Attachment]:
    visible = Message.objects.visible_to(agent).values("pk")
    return Attachment.objects.filter(message__in=visible).select_related("blob")


def deliveries(agent: Agent) -> QuerySet[Delivery]:
    """Those whose every message the agent sees."""
    carried = Message.objects.filter(deliveries=OuterRef("pk"))
    seen = Case.objects.visible_to(agent).values("pk")
    rows = Delivery.objects.filter(
        Exists(carried.filter(case__in=seen)), ~Exists(carried.exclude(case__in=seen))
    )
    return rows.select_related("channel").prefetch_related("messages", "recipients")


def channels(agent: Agent) -> QuerySet[Channel]:
    return Channel.objects.open_to(agent).select_related("team")


def receipts(agent: Agent) -> QuerySet[Receipt]:
    """What became of the agent's cases; to admins everything, what was set aside too."""
    rows = Receipt.objects.select_related("blob").defer("blob__content", "envelope")
    if agent.is_admin:
        return rows
    seen = Case.objects.visible_to(agent).values("pk")
    hidden = Message.objects.filter(receipt=OuterRef("pk")).exclude(case__in=seen)
    return rows.filter(~Exists(hidden), case__in=seen)


def journal() -> QuerySet[Rearrangement]:
    """Every split, move and merge, for who is already known to see it."""
    return Rearrangement.objects.select_related("survivor", "loser", "agent", "undone_by")


def rearrangements(agent: Agent) -> QuerySet[Rearrangement]:
    return journal().filter(pk__in=Rearrangement.objects.visible_to(agent).values("pk"))


def case_of_customer(agent: Agent, number: int) -> Case:
    """The latest case of a customer that the agent works: who sees a customer works one.

    Raises Customer.DoesNotExist, or Conversation.DoesNotExist.
    """
    thread = customer(agent, number).conversation
    worked = Case.objects.of_teams_of(agent).filter(conversation=thread)
    return worked.order_by("-last_message_at", "-pk")[0]


def is_kept(blob: Blob) -> bool:
    """Whether its bytes are there still."""
    return blob.pruned_at is None and (blob.content is not None or blob.path.exists())


def of_address(rows: QuerySet[Customer], kind: str | None, value: str) -> QuerySet[Customer]:
    """Customers with this address, their own or the shared one they write through."""
    same = Identity.objects.filter(value=value, **({"kind": kind} if kind else {})).values("pk")
    return rows.filter(Q(identities__in=same) | Q(via__in=same)).distinct()
