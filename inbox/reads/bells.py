"""What a socket may tell its agent: asked anew, with the session and the rights of the moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import override

from conversations.live import News
from conversations.models import Agent, Case

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tab shows: the case that is open, and the cases of its list."""

    case: int | None = None
    rows: frozenset[int] = frozenset()

    @property
    def all(self) -> frozenset[int]:
        return self.rows | ({self.case} if self.case else set())

    def without(self, gone: set[int]) -> Shown:
        return Shown(case=None if self.case in gone else self.case, rows=self.rows - gone)


def agent_of(session_key: str | None) -> Agent | None:
    """Who is signed in by a session now; None once it ended or they were let go."""
    if not session_key:
        return None
    session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]  # all it reads
    return user if isinstance(user, Agent) else None


def frames(session_key: str | None, news: News, shown: Shown) -> list[Frame] | None:
    """The frames for some news, in the agent's own measure; None where nobody is signed in.

    Of what the agent may not see nothing is said but that a row of theirs, or the case before
    them, is gone, and that the revision of the conversation before them went on. What a tab shows
    is its own word: all of it is asked about when that changes and when rights do, and the caller
    forgets what is gone, so that whatever happens there later is not told. No news are a heartbeat.
    """
    agent = agent_of(session_key)
    if agent is None:
        return None
    if not news:
        return [_beat(agent, shown)]
    asked = shown.all if news.shown or news.rights else Shown(case=shown.case).all
    seen = _seen(agent, news, asked)
    cases = {case for some in seen.values() for case in some}
    plain = {"rights": news.rights, "news": news.told, "gap": news.gap}
    said: list[Frame] = [{"type": name} for name, is_so in plain.items() if is_so]
    if news.here & cases:
        said.append({"type": "here", "cases": sorted(news.here & cases)})
    if news.duty:
        said.append(_duty(agent, news.duty))
    gone = _moved_away(seen, news, shown) | (asked - cases)
    said += _steps(seen, news, shown)
    return said + [{"type": "gone", "case": case} for case in sorted(gone)]


def _duty(agent: Agent, changed: set[int]) -> Frame:
    """The dots of who came or went, as the menus show them."""
    who = Agent.objects.filter(pk__in=changed).select_related("duty")
    with override(agent.language):
        return {"type": "duty", "html": render_to_string("inbox/_duty.html", {"agents": who})}


def may_see(session_key: str | None, case_id: int) -> bool:
    agent = agent_of(session_key)
    return agent is not None and Case.objects.visible_to(agent).filter(pk=case_id).exists()


def _beat(agent: Agent, shown: Shown) -> Frame:
    """Where the open thread stands: who missed its bell learns of it."""
    if shown.case is None:
        return {"type": "beat"}
    seen = Case.objects.visible_to(agent).filter(pk=shown.case)
    known = seen.values_list("conversation", "conversation__revision").first()
    if known is None:
        return {"type": "gone", "case": shown.case}
    return {"type": "beat", "conversation": known[0], "revision": known[1]}


def _seen(agent: Agent, news: News, asked: frozenset[int]) -> dict[int, set[int]]:
    """What the agent sees of all that the news are about, and of these cases: by conversation."""
    about = news.here | asked
    rows = Case.objects.visible_to(agent).filter(Q(conversation__in=news.steps) | Q(pk__in=about))
    seen: dict[int, set[int]] = defaultdict(set)
    for conversation, case in rows.values_list("conversation", "pk"):
        seen[conversation].add(case)
    return seen


def _steps(seen: dict[int, set[int]], news: News, shown: Shown) -> list[Frame]:
    said: list[Frame] = []
    for conversation, (revision, cases) in news.steps.items():
        known = seen[conversation]
        # what is not of one case is of the customer, whom every row of theirs shows
        told = known if None in cases else known & cases
        if told or shown.case in known:
            step = {"conversation": conversation, "revision": revision, "cases": sorted(told)}
            said.append({"type": "changed", **step})
    return said


def _moved_away(seen: dict[int, set[int]], news: News, shown: Shown) -> set[int]:
    """Rows that moved to where the agent does not see them."""
    moved: set[int] = set()
    for conversation, (_revision, cases) in news.steps.items():
        moved |= {case for case in cases if case is not None} - seen[conversation]
    return moved & shown.all
