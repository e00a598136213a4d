"""A list page and a thread page at 10, 10,000 and 100,000 cases (a million messages).

    ./hub bench lists [CASES]

Prints statements and milliseconds a page, and the ratio to the smallest inbox. Fails when a page
costs another number of statements in a large inbox than in a small one.
"""

import sys

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import bench._setup as setup
from bench._fill import fill
from conversations.models import Agent, Case, Channel, Team

RUNS = 40
PAGES = {
    "needs reply": "/inbox/q/all/",
    "newest": "/inbox/q/all/?tab=all&sort=newest",
    "unassigned": "/inbox/q/unassigned/",
    "resolved": "/inbox/q/resolved/",
    "my queue": "/inbox/q/mine/",
    "thread": "/inbox/q/all/c/{case}/",
}


def people() -> Agent:
    """A company with four teams, one of them restricted, and an agent of one of them."""
    settings.ALLOWED_HOSTS.append("testserver")
    support = Team.objects.get(is_default=True)
    warranty, _ = Team.objects.get_or_create(name="Warranty")
    Team.objects.get_or_create(name="Shipping")
    Team.objects.get_or_create(name="Legal", is_restricted=True)
    Channel.objects.get_or_create(kind="email", name="support", team=support)
    marco, _ = Agent.objects.get_or_create(username="marco", email="marco@bench.example")
    Agent.objects.get_or_create(username="priya", email="priya@bench.example")
    warranty.members.add(marco)
    return marco


def measure(client: Client, path: str) -> tuple[int, float, float]:
    """Statements of one page, median and 95th percentile in milliseconds."""
    client.get(path, follow=True)  # a process reads the calendars once, for the pages after it too
    with CaptureQueriesContext(connection) as statements:
        answer = client.get(path, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    count = len(statements)
    p50, p95 = setup.p50_p95([setup.seconds(lambda: client.get(path)) for _ in range(RUNS)])
    return count, p50, p95


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    marco = people()
    first: dict[str, tuple[int, float, float]] = {}
    odd = False
    for cases in sorted({10, min(10_000, most), most}):
        fill(cases)
        client = Client()
        client.force_login(marco)
        case = Case.objects.visible_to(marco).filter(status="open").order_by("pk")[0]
        print(f"{cases} cases")
        for name, path in PAGES.items():
            found = measure(client, path.format(case=case.pk))
            least = first.setdefault(name, found)
            odd = odd or found[0] != least[0]
            line = "  {:12} {:3} statements  p50 {:6.1f} ms  p95 {:6.1f} ms  {:.2f} x"
            print(line.format(name, *found, found[1] / least[1]))
    sys.exit("the number of statements depends on the size of the inbox" if odd else 0)


if __name__ == "__main__":
    main()
