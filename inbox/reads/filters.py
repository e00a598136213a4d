"""A list's filters as its page shows them: in words, each with a way to take it off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import Agent, Channel, Conversation, Priority, Team
from conversations.services import filtering
from conversations.services.filtering import BadFilter, Wanted

WAITS: dict[str, Promise] = {
    "yes": gettext_lazy("Waits for us"),
    "late": gettext_lazy("Past the reply target"),
    "soon": gettext_lazy("Due soon"),
    "no": gettext_lazy("Waits for nothing"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    name: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """The filters of an address. `problem` where one makes no sense: then nothing is shown."""

    wanted: Wanted
    words: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def set(self) -> dict[str, str]:
        return dict(self.wanted.pairs())


def read(asked: Mapping[str, str], agent: Agent) -> Narrowed:
    try:
        wanted = filtering.read(asked)
    except BadFilter as bad:
        problem = _(
            "This filter makes no sense: %(name)s = %(value)s. Take it off to see the list."
        )
        said = {"name": bad.name, "value": bad.value[:60]}
        return Narrowed(wanted=Wanted(), problem=problem % said)
    return Narrowed(wanted=wanted, words=tuple(_words(wanted, agent)) if wanted else ())


def without(wanted: Wanted, name: str) -> Wanted:
    """All filters but one."""
    return replace(wanted, **{name: getattr(Wanted(), name)})


def joined(first: Wanted, then: Wanted) -> Wanted:
    """Both; where both say something, the second."""
    later = {f.name: getattr(then, f.name) for f in fields(then)}
    return replace(
        first, **{name: value for name, value in later.items() if value not in {None, ""}}
    )


def choices() -> dict[str, object]:
    """What the filters' form offers beside free words."""
    return {
        "waits": list(WAITS.items()),
        "priorities": [(str(p.value), p.label) for p in sorted(Priority, reverse=True)],
        "colleagues": Agent.objects.filter(is_active=True).order_by("first_name", "username")[:200],
    }


def _words(wanted: Wanted, agent: Agent) -> Iterator[tuple[str, str]]:
    for name, value in wanted.pairs():
        yield name, str(_say(name, value, agent))


def _say(name: str, value: str, agent: Agent) -> object:
    """What somebody may not see stays a number: its name would tell that it is there."""
    if name == "channel":
        return Channel.objects.open_to(agent).filter(pk=value).first() or f"#{value}"
    if name == "team":
        return Team.objects.of(agent).filter(pk=value).first() or f"#{value}"
    if name == "customer":
        seen = Conversation.objects.visible_to(agent).filter(customer=int(value))
        thread = seen.select_related("customer").first()
        return thread.customer if thread else f"#{value}"
    if name == "assignee":
        return _assignee(value)
    return _plain(name, value)


def _assignee(value: str) -> object:
    if value == "me":
        return _("Mine")
    if value == "none":
        return _("Unassigned")
    return Agent.objects.filter(pk=value).first() or f"#{value}"


def _plain(name: str, value: str) -> object:
    if name == "waits":
        return WAITS[value]
    if name == "priority":
        return _("Priority: %(priority)s") % {"priority": Priority(int(value)).label}
    if name == "since":
        return _("Since %(day)s") % {
            "day": date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
        }
    if name == "until":
        return _("Until %(day)s") % {
            "day": date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
        }
    if name == "language":
        return value.upper()
    return value
