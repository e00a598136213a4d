"""Mail agents what happened while they had no desk open: once, a while later, if it still holds.

A mail's notices are claimed with a lease. Until it went out they are tried again together, under
the same Message-ID; what was added meanwhile goes in a mail of its own.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from conversations.models import Agent, Case, ClockTimestamp, Duty, Notice, Workspace
from conversations.models.notice import NoticeQuerySet, Way, ways
from conversations.services.colleagues import public_url

log = structlog.get_logger(__name__)

WAIT = timedelta(minutes=5)
"""How long an agent may come back by themselves."""
LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)
"""Between two tries at a mail server that does not take it."""
OLD_AFTER = timedelta(days=1)
"""What could not be mailed for so long is no news."""
MOST = 1000
"""Notices of one mail."""
LISTED = 20
"""Cases that a mail names; the others it counts."""


def sweep() -> int:
    """Mail what is due. Returns how many mails went out."""
    _settle(_due().filter(Exists(_seen_since())))
    if old := _settle(_due().filter(at__lte=ClockTimestamp() - OLD_AFTER)):
        log.error("notices_given_up", notices=old)
    agents = _due().order_by("agent").values_list("agent", flat=True).distinct()
    return sum(_guarded(number) for number in list(agents))


def _free() -> NoticeQuerySet:
    now = ClockTimestamp()
    return Notice.objects.standing().filter(Q(leased_until=None) | Q(leased_until__lte=now))


def _due() -> NoticeQuerySet:
    return _free().filter(at__lte=ClockTimestamp() - WAIT)


def _seen_since() -> QuerySet[Duty]:
    """A desk of theirs was open afterwards: it told them."""
    return Duty.objects.filter(agent=OuterRef("agent"), seen_at__gt=OuterRef("at"))


def _settle(notices: NoticeQuerySet, **more: object) -> int:
    return notices.update(settled_at=ClockTimestamp(), lease_token=None, **more)


def _guarded(agent_id: int) -> bool:
    try:
        return _mail(agent_id)
    except DatabaseError:
        raise
    except Exception:
        log.exception("notices_failed", agent=agent_id)
        return False


def _mail(agent_id: int) -> bool:
    claimed = _claim(agent_id)
    if claimed is None:
        return False
    token, mail_id = claimed
    agent = Agent.objects.get(pk=agent_id)
    mine = Notice.objects.standing().filter(lease_token=token)
    told = _told(mine, agent) if agent.is_active else []
    _settle(mine.exclude(pk__in=[notice.pk for notice in told]))
    if not told:
        return False
    try:
        _letter(agent, told, mail_id).send()
    except Exception as error:  # noqa: BLE001  # whatever the mail backend raises, it is tried again
        _put_off(mine, told[0], error)
        return False
    _settle(mine, sent_at=ClockTimestamp())
    return True


def _claim(agent_id: int) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Lease what goes in one mail: what is due, and what came since. Returns the lease's token and
    the mail's id."""
    with transaction.atomic():
        rows = _free().filter(agent=agent_id).select_for_update(skip_locked=True).order_by("id")
        found = list(rows[:MOST])
        if not _due().filter(pk__in=[row.pk for row in found]).exists():
            return None
        known, token = found[0].mail_id, uuid.uuid4()
        mail_id = known or uuid.uuid4()
        Notice.objects.filter(pk__in=[row.pk for row in found if row.mail_id == known]).update(
            mail_id=mail_id,
            lease_token=token,
            leased_until=ClockTimestamp() + LEASE,
            tries=found[0].tries + 1,
        )
        return token, mail_id


def _told(mine: NoticeQuerySet, agent: Agent) -> list[Notice]:
    true = mine.true_for(agent).select_related("case__conversation__customer").order_by("id")
    return [notice for notice in true if Way.MAIL in ways(agent, notice.kind)]


def _put_off(mine: NoticeQuerySet, one: Notice, error: Exception) -> None:
    log.warning("notice_mail_failed", agent=one.agent_id, tries=one.tries, error=repr(error))
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(one.tries, 10))
    mine.update(leased_until=ClockTimestamp() + pause, lease_token=None)


def _letter(agent: Agent, told: list[Notice], mail_id: uuid.UUID) -> EmailMessage:
    """Names and topics only; whatever was said stays in the house."""
    cases = _by_case(told)
    context = {
        "agent": agent,
        "cases": [_lines(case, notices) for case, notices in list(cases.items())[:LISTED]],
        "more": max(0, len(cases) - LISTED),
        "count": len(cases),
        "settings": public_url("/inbox/me/#own-news"),
        "workspace": Workspace.objects.current().name or "OmniHub",
    }
    with translation.override(agent.language):
        subject = render_to_string("conversations/mail/news_subject.txt", context)
        text = render_to_string("conversations/mail/news.txt", context)
    host = urlsplit(public_url("/")).hostname
    headers = {"Message-ID": f"<news.{mail_id}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(
        " ".join(subject.split()), text.strip() + "\n", None, [agent.email], headers=headers
    )


def _by_case(told: list[Notice]) -> dict[Case, list[Notice]]:
    cases: dict[Case, list[Notice]] = {}
    for notice in told:
        cases.setdefault(notice.case, []).append(notice)
    return cases


def _lines(case: Case, notices: list[Notice]) -> dict[str, object]:
    customer = case.conversation.customer
    return {
        "case": case,
        "customer": " ".join(str(customer.known_as() or customer).split()),  # one line, always
        "kinds": {notice.kind: notice.get_kind_display for notice in notices}.values(),
        "link": public_url(f"/inbox/c/{case.pk}/"),
    }
