"""Cases: lists of them, and one."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import filters, reads
from api.paging import NEWEST, OLDEST, page
from api.schema import described, page_of
from api.serializers.cases import CaseOut, CaseQuery
from api.views.base import Resource
from conversations.models import Agent


class Cases(Resource):
    @described("cases", "Cases", tag="Cases", gives=page_of(CaseOut), query=CaseQuery, absent=False)
    def get(self, request: Request) -> Response:
        asked = self.asked(CaseQuery)
        rows = filters.of_cases(reads.cases(self.agent), self.agent, asked)
        return page(request, rows, OLDEST if asked.get("order") == "oldest" else NEWEST, CaseOut)


class OneCase(Resource):
    @described("case", "A case", tag="Cases", gives=CaseOut)
    def get(self, request: Request, case_id: int) -> Response:
        return answer(case_id, self.agent)


def answer(case_id: int, agent: Agent) -> Response:
    """A case with its ETag; nothing where the agent may not see it any more."""
    case = reads.cases(agent).get(pk=case_id)
    etag = f'"{case.conversation.revision}"'
    return Response(CaseOut(case, context={"agent": agent}).data, headers={"ETag": etag})
