"""From the moment a colleague writes until it is painted in an open page, on an idle desk.

    ./hub bench painted [TIMES]

The insert counts as well. Fails when the 95th percentile is over the budget.
"""

import os
import random
import shutil
import sys
import time
import uuid

from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

import bench._setup as setup
from bench.live import PORT, company, served
from conversations.models import Agent, Case, Team
from conversations.services import notes

BUDGET = 400
"""Milliseconds in nineteen cases of twenty."""
FIRST = 3
"""Not counted: nothing is warm."""
WATCH = """() => {
  window.painted = []
  const see = () => requestAnimationFrame(() => setTimeout(() => painted.push(Date.now())))
  new MutationObserver(see).observe(document.getElementById("entries"), { childList: true })
}"""


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread
    company(Team.objects.default())
    reader, writer = Agent.objects.order_by("pk")[:2]
    case = Case.objects.latest("pk")
    client = Client()
    client.force_login(reader)
    address = f"http://127.0.0.1:{PORT}"
    name = settings.SESSION_COOKIE_NAME
    took = []
    with served(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        context = browser.new_context(base_url=address)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
        page = context.new_page()
        page.goto(f"/inbox/q/all/c/{case.pk}/")
        page.wait_for_selector("body[data-live=on]")
        page.evaluate(WATCH)
        for number in range(times + FIRST):
            begun = time.time()
            notes.add(case_id=case.pk, agent=writer, text="Seen", client_id=uuid.uuid4())
            page.wait_for_function("n => painted.length > n", arg=number)
            took.append(page.evaluate("n => painted[n]", number) / 1000 - begun)
            page.wait_for_timeout(300 + random.random() * 400)
        browser.close()
    p50, p95 = setup.p50_p95(took[FIRST:])
    print(
        f"painted  {p50:.0f} ms p50, {p95:.0f} ms p95 of {times}, {p95 / BUDGET:.2f} x the budget"
    )
    sys.exit(p95 > BUDGET)


if __name__ == "__main__":
    main()
