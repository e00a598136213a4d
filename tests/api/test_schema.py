"""What the schema tells a person who reads it."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_every_operation_says_what_it_is_for(client: Client) -> None:
    paths = client.get("/api/v1/schema/").json()["paths"].values()
    operations = [one for path in paths for name, one in path.items() if name != "parameters"]
    assert len(operations) > 30
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for one in operations:
        assert one["summary"]
        assert "`do`" not in one["description"]
        problems = {code for code, said in one["responses"].items() if code >= "400"}
        assert {"400", "401", "403", "406", "429", "500", "503"} <= problems
        for code in problems:
            assert list(one["responses"][code]["content"]) == ["application/problem+json"]
