"""What only a real server meets: bodies as they come over the wire."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from api.models import ApiToken
from conversations.models import Agent, Channel
from tests.people import receive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wire(live: str) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urlsplit(live).netloc, timeout=30)
    yield connection
    connection.close()


def bearer(agent: Agent) -> dict[str, str]:
    _, text = ApiToken.objects.issue(agent_id=agent.pk, name="test", scopes=["write"])
    return {"Authorization": f"Bearer {text}"}


def test_json_is_utf8_whatever_the_header_says(
    wire: HTTPConnection, support: Channel, priya: Agent
) -> None:
    case, headers = receive(support, "dana@out.example").case, bearer(priya)
    for name in ("hex", "utf-7", "rot13", "undefined", "nonsense", '"', "\xff"):
        kind = {"Content-Type": f"application/json; charset={name}"}
        body = json.dumps({"topic": f"Ä {name}"}, ensure_ascii=False).encode()
        wire.request("POST", f"/api/v1/cases/{case.pk}/topic/?a=b", body, {**headers, **kind})
        answered = wire.getresponse()
        said = json.loads(answered.read())
        assert answered.status == 200, said
        assert said["topic"] == f"Ä {name}"


def test_a_body_of_unknown_length_is_refused(
    wire: HTTPConnection, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@out.example").case
    headers = {**bearer(priya), "Content-Type": "application/json"}
    parts = iter([b'{"topic": ', b'"x"}'])
    wire.request("POST", f"/api/v1/cases/{case.pk}/topic/", parts, headers, encode_chunked=True)
    answered = wire.getresponse()
    assert answered.status == 411
    assert json.loads(answered.read())["code"] == "length_required"
