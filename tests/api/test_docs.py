"""The readable page: in a real browser, under the policy of every page, all of it ours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.sample(2)
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
