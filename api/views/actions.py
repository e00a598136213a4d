"""What is done to a case: each is the service that the desk calls, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import Problem
from api.schema import action
from api.serializers.cases import (
    AssignIn,
    CaseOut,
    MoveIn,
    PriorityIn,
    ReadIn,
    SeenIn,
    SnoozeIn,
    TagsIn,
    TopicIn,
)
from api.views.base import Action
from api.views.cases import answer
from conversations.models import Agent, Case, Priority
from conversations.services import (
    assignment,
    blocking,
    priority,
    reading,
    snooze,
    status,
    tags,
    topics,
)

Do = Callable[..., object]


class OnCase(Action):
    """`do` is called with the case, the agent, what was seen, and the body's other fields."""

    takes: ClassVar[type[serializers.Serializer[Any]]] = SeenIn
    do: ClassVar[Do]

    def act(self, request: Request, **named: int) -> Response:
        said = dict(self.taken(self.takes))
        case_id, agent = named["case_id"], self.agent
        said["seen"] = seen(request, said)
        type(self).do(case_id=case_id, agent=agent, **self.named(said))
        return self.shown(case_id, agent)

    def named(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body's fields as the service calls them."""
        return said

    def shown(self, case_id: int, agent: Agent) -> Response:
        """The case as it is now; nothing where it went out of the agent's sight."""
        if not Case.objects.visible_to(agent).filter(pk=case_id).exists():
            return Response(status=204)
        return answer(case_id, agent)


def seen(request: Request, said: Mapping[str, Any]) -> int | None:
    """The revision that the client acts on: of If-Match, else of the body."""
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        found: int | None = said.get("seen")
        return found
    digits = tag.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):  # noqa: PLR2004 -- what fits a bigint
        raise Problem(400, "bad_etag", "If-Match takes the ETag of the case.")
    return int(digits)


def on_case(
    name: str, summary: str, do: Do, takes: Any = SeenIn, *, about: str = ""
) -> type[OnCase]:
    """A view that does one thing to a case."""
    made = type(name.title(), (OnCase,), {"do": staticmethod(do), "takes": takes})
    gives = {200: CaseOut, 204: None}
    described = action(
        f"case_{name}",
        summary,
        tag="Case work",
        takes=takes,
        gives=gives,
        seen=True,
        about=about,
    )
    return described(made)


def _assign(*, assignee: int | None, **said: Any) -> object:
    return assignment.assign(assignee_id=assignee, **said)


def _move(*, team: int, **said: Any) -> object:
    return assignment.move(team_id=team, **said)


def _tag(*, tags: list[str], **said: Any) -> object:
    return _replace(names=tags, **said)


def _prioritise(*, priority: str, **said: Any) -> object:
    return _set_priority(priority=Priority[priority.upper()], **said)


_set_priority = priority.prioritise
_replace = tags.replace
Assign = on_case("assign", "Give it to an agent of its team, or to nobody", _assign, AssignIn)
Take = on_case("take", "Take it", assignment.take)
Move = on_case("move", "Hand it to another team", _move, MoveIn)
Resolve = on_case("resolve", "Resolve it", status.resolve)
Reopen = on_case("reopen", "Open it again", status.reopen)
Spam = on_case("spam", "Mark it as spam", status.mark_spam)
NotSpam = on_case("not_spam", "It is no spam", status.not_spam)
Topic = on_case("topic", "Give it another topic", topics.rename, TopicIn)
Tags = on_case("tags", "Make it carry exactly these tags", _tag, TagsIn)
Prioritise = on_case("priority", "Give it another priority", _prioritise, PriorityIn)

Snooze = on_case("snooze", "Put it away until then", snooze.snooze, SnoozeIn)
Unsnooze = on_case("unsnooze", "Bring it back before its time", snooze.end)
Block = on_case(
    "block",
    "Block who wrote last, and mark it as spam",
    blocking.block_sender,
    about="What that address writes from now on is kept as spam; nobody is told. 422 "
    "`nobody_to_block` where no address wrote, `own_address` for one of ourselves.",
)
Unblock = on_case(
    "unblock", "Take the block of who wrote last back; it is no spam then", blocking.unblock_sender
)


@action(
    "case_read",
    "Note how far the agent has read",
    tag="Case work",
    takes=ReadIn,
    gives={204: None},
)
class Read(Action):
    def act(self, request: Request, **named: int) -> Response:
        up_to = self.taken(ReadIn)["up_to"]
        reading.mark_read(case_id=named["case_id"], agent=self.agent, up_to=up_to)
        return Response(status=204)


@action(
    "case_unread",
    "Have the agent read it again",
    tag="Case work",
    gives={204: None},
    about="Takes the agent's own read mark away: the case is bold again on their desk.",
)
class Unread(Action):
    def act(self, request: Request, **named: int) -> Response:
        reading.mark_unread(case_id=named["case_id"], agent=self.agent)
        return Response(status=204)
