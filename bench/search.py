"""Search at 100,000 and at 1,000,000 messages, as the agent of one team among four.

    ./hub bench search [MESSAGES]

Prints the hits of a first page (messages, and five cases), its statements and milliseconds, and
the ratio to the smaller inbox.
"""

import sys

from django.db import connection
from django.test.utils import CaptureQueriesContext

import bench._setup as setup
from bench._fill import MESSAGES_A_CASE, fill
from bench.lists import people
from conversations.models import Agent
from conversations.services import asked, search

RUNS = 30
QUERIES = {
    "common word": "customer",
    "two common words": "words customer",
    "frequent word": "word100",
    "rare word": "aardvark",
    "common and rare": "customer aardvark",
    "prefix": "aardv",
    "wide prefix": "word1",
    "phrase": '"words of a customer"',
    "without": "word7 -word1",
    "no hit": "quetzalcoatl",
    "address": "c77@bench.example",
    "part of addresses": "bench.example",
    "topic": "topic 4321",
}


def both(query: str, marco: Agent) -> int:
    """Hits on the first page of messages and of cases."""
    understood = asked.read(query)
    said = search.messages(understood, agent=marco)
    return len(said.hits) + len(search.cases(understood, agent=marco, count=5).hits)


def measure(query: str, marco: Agent) -> tuple[int, int, float, float]:
    with CaptureQueriesContext(connection) as statements:
        hits = both(query, marco)
    p50, p95 = setup.p50_p95([setup.seconds(lambda: both(query, marco)) for _ in range(RUNS)])
    return hits, len(statements), p50, p95


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    marco = people()
    first: dict[str, float] = {}
    for messages in sorted({most // 10, most}):
        fill(messages // MESSAGES_A_CASE)
        print(f"{messages} messages")
        for name, query in QUERIES.items():
            hits, statements, p50, p95 = measure(query, marco)
            ratio = p50 / first.setdefault(name, p50)
            line = "  {:18} {:3} hits {:3} statements  p50 {:7.1f} ms  p95 {:7.1f} ms  {:.2f} x"
            print(line.format(name, hits, statements, p50, p95, ratio))


if __name__ == "__main__":
    main()
