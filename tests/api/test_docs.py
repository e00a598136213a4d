"""The readable page: in a real browser, under the policy of every page, all of it ours."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_reads(live: str, browser: Browser, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    said: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    def ask(request: Request) -> None:
        if not request.url.startswith((live, "data:", "blob:")):
            asked.append(request.url)

    page.on("console", note)
    page.on("request", ask)
    page.goto(f"{live}/api/v1/docs/")
    page.get_by_text("/api/v1/cases/{case_id}/resolve/").wait_for(timeout=60_000)
    page.get_by_text("/api/v1/cases/{case_id}/resolve/").click()
    page.get_by_text("Idempotency-Key").first.wait_for(timeout=30_000)
    page.close()
    assert not asked
    assert not said


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
