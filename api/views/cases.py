"""One case."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.schema import described
from api.serializers.cases import CaseOut
from api.views.base import Resource
from conversations.models import Agent


class OneCase(Resource):
    @described("case", "A case", tag="Cases", gives=CaseOut)
    def get(self, request: Request, case_id: int) -> Response:
        return answer(case_id, self.agent)


def answer(case_id: int, agent: Agent) -> Response:
    """A case with its ETag; nothing where the agent may not see it any more."""
    case = reads.case(agent, case_id)
    etag = f'"{case.conversation.revision}"'
    return Response(CaseOut(case, context={"agent": agent}).data, headers={"ETag": etag})
