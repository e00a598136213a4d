"""Search, and the named lists of the desk with their counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api import paging, reads
from api.paging import NEWEST, OLDEST, Order
from api.schema import action, described, page_of
from api.serializers.cases import CaseOut
from api.serializers.finding import (
    HitOut,
    SearchQuery,
    ViewChangeIn,
    ViewIn,
    ViewOut,
    ViewQuery,
    ViewsOut,
)
from api.views.base import Action, Resource
from conversations.models import Agent, Priority, SavedView
from conversations.services import asked, filtering, queues, search, views
from conversations.services.queues import Count, NoSuchQueue, Queue

BY_MESSAGE = Order(fields=("sorted_at", "id"), is_descending=True)
BY_CASE = Order(fields=("last_message_at", "id"), is_descending=True)


class Search(Resource):
    order: Order

    def wanted(self) -> tuple[asked.Asked, search.Cursor | None]:
        """What is searched for, and behind which row."""
        said = self.asked(SearchQuery)
        after = self.order.parse(said["after"]) if "after" in said else None
        return asked.read(said["q"]), (after[0], after[1]) if after else None

    def following(self, cursor: search.Cursor | None) -> str | None:
        if cursor is None:
            return None
        return paging.link(self.request, self.order.encode(cursor))


class SearchMessages(Search):
    order = BY_MESSAGE

    @described(
        "search_messages",
        "Messages and notes that say all of it",
        tag="Search",
        gives=page_of(HitOut),
        query=SearchQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        query, after = self.wanted()
        found = search.messages(query, agent=self.agent, after=after)
        rows = [
            {
                "message": hit.message.pk,
                "case": hit.message.case_id,
                "conversation": hit.message.conversation_id,
                "at": hit.message.sorted_at,
                "source": hit.source,
                "line": "".join(part.text for part in hit.line),
            }
            for hit in found.hits
        ]
        return paging.answer(HitOut(rows, many=True).data, self.following(found.next))


class SearchCases(Search):
    order = BY_CASE

    @described(
        "search_cases",
        "Cases by number, topic, tag, customer's name or address",
        tag="Search",
        gives=page_of(CaseOut),
        query=SearchQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        query, after = self.wanted()
        found = search.cases(query, agent=self.agent, after=after)
        numbers = [hit.case.pk for hit in found.hits]
        known = {case.pk: case for case in reads.cases(self.agent).filter(pk__in=numbers)}
        rows = [known[number] for number in numbers if number in known]
        return paging.answer(CaseOut(rows, many=True).data, self.following(found.next))


@action(
    "view_save",
    "Keep a list with filters under a name",
    tag="Views",
    takes=ViewIn,
    gives={201: ViewOut},
)
class Views(Action):
    @described("views", "The lists of the desk", tag="Views", gives=ViewsOut, absent=False)
    def get(self, request: Request) -> Response:
        shown = _queues(self.agent)
        counts = queues.count({q.key: of for q in shown if (of := q.counted) is not None})
        rows = [_said(queue, counts.get(queue.key)) for queue in shown]
        return Response({"results": ViewOut(rows, many=True).data})

    def act(self, request: Request, **named: int) -> Response:
        said = dict(self.taken(ViewIn))
        name, key, team = said.pop("name"), said.pop("view"), said.pop("team", None)
        try:
            wanted = filtering.read(_as_written(said))
            view = views.save(agent=self.agent, name=name, queue=key, wanted=wanted, team_id=team)
        except filtering.BadFilter as bad:
            raise paging.bad(bad.name, "This makes no sense.", "invalid") from bad
        except NoSuchQueue as error:
            raise Http404 from error
        queue = queues.find(f"{views.PREFIX}{view.pk}", _queues(self.agent))
        return Response(ViewOut(_said(queue, None)).data, status=201)


@action("view_delete", "Take a kept list away", tag="Views", gives={204: None})
class DeleteView(Action):
    def act(self, request: Request, **named: int) -> Response:
        views.delete(view_id=named["view_id"], agent=self.agent)
        return Response(status=204)


class KeptView(Action):
    def shown(self, view: SavedView) -> Response:
        """The list as it is now; nothing where it went out of the agent's sight."""
        try:
            queue = queues.find(f"{views.PREFIX}{view.pk}", _queues(self.agent))
        except NoSuchQueue:
            return Response(status=204)
        return Response(ViewOut(_said(queue, None)).data)


@action(
    "view_change",
    "Rename a kept list, or share it otherwise",
    tag="Views",
    takes=ViewChangeIn,
    gives={200: ViewOut, 204: None},
    about="For its owner, and who leads the team that shares it.",
    example={"name": "Late parcels", "team": 3},
)
class ChangeView(KeptView):
    def act(self, request: Request, **named: int) -> Response:
        views.mine(named["view_id"], self.agent)
        said = self.taken(ViewChangeIn)
        view = views.change(
            view_id=named["view_id"], agent=self.agent, name=said["name"], team_id=said["team"]
        )
        return self.shown(view)


@action(
    "view_restore",
    "Bring a kept list back that was taken away",
    tag="Views",
    gives={200: ViewOut, 204: None},
)
class RestoreView(KeptView):
    def act(self, request: Request, **named: int) -> Response:
        return self.shown(views.restore(view_id=named["view_id"], agent=self.agent))


class ViewCases(Resource):
    @described(
        "view_cases",
        "The cases of a list",
        tag="Views",
        gives=page_of(CaseOut),
        query=ViewQuery,
    )
    def get(self, request: Request, key: str) -> Response:
        said = self.asked(ViewQuery)
        try:
            queue = queues.find(key, _queues(self.agent))
        except NoSuchQueue as error:
            raise Http404 from error
        rows = reads.cases(self.agent).filter(pk__in=queue.cases.values("pk"))
        if said["waiting"] is not None:
            rows = rows.filter(waiting_since__isnull=not said["waiting"])
        order = OLDEST if said.get("order") == "oldest" else NEWEST
        return paging.page(request, rows, order, CaseOut)


def _as_written(said: Mapping[str, Any]) -> dict[str, str]:
    """The body's filters as an address writes them."""
    found = {name: str(value) for name, value in said.items()}
    if "in_team" in found:
        found["team"] = found.pop("in_team")
    if "priority" in found:
        found["priority"] = str(int(Priority[found["priority"].upper()]))
    return found


def _queues(agent: Agent) -> tuple[Queue, ...]:
    standard = queues.standard(agent)
    return (*standard, *views.queues_of(agent, standard))


def _said(queue: Queue, count: Count | None) -> dict[str, object]:
    return {
        "key": queue.key,
        "title": queue.title,
        "count": None if count is None else count.number,
        "more": count is not None and count.more,
        "made_of": queue.view and queue.view.queue,
        "team": queue.view and queue.view.team_id,
        "filters": _as_asked(views.wanted_of(queue.view)) if queue.view else {},
    }


def _as_asked(wanted: filtering.Wanted) -> dict[str, str]:
    """Filters by the names and words that a body has for them."""
    found = dict(wanted.pairs())
    if "team" in found:
        found["in_team"] = found.pop("team")
    if "priority" in found:
        found["priority"] = Priority(int(found["priority"])).name.lower()
    return found
