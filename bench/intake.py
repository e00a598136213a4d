"""Mails a second, stored and understood, against the floor: the same bytes in two bare commits.

And, where each mail is a new customer's case, by hand against given by a rule at once.

./hub bench intake [MAILS]
"""

import sys
from functools import partial

from django.db import connection, transaction

import bench._setup as setup
from conversations import receipts
from conversations.models import Agent, Channel, Giving, Team
from conversations.services import duty, intake

BODY = "Hello,\r\n\r\nmy Pro 2 shuts off after five seconds.\r\n" * 20


def mail(number: int, people: int = 100) -> bytes:
    return (
        f"From: Customer {number % people} <c{number % people}@bench.example>\r\n"
        f"To: support@kalma.example\r\nSubject: Pro 2\r\nMessage-ID: <{number}@bench.example>\r\n"
        f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n{BODY}"
    ).encode()


def floor(count: int) -> None:
    """Insert the bytes, commit; insert them again as understood, commit."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_floor (id serial, body bytea)")
        for number in range(count):
            for _ in range(2):
                with transaction.atomic():
                    cursor.execute("INSERT INTO bench_floor (body) VALUES (%s)", [mail(number)])


def hub(channel: Channel, numbers: range, people: int = 100) -> None:
    for number in numbers:
        body = mail(number, people)
        receipt = receipts.record(channel, receipts.content_key(body), body, wakes=False)
        intake.process(receipt.pk)


def rule(channel: Channel, giving: Giving, capacity: int) -> None:
    """From now on the team's cases come to ten agents who are online."""
    for number in range(10):
        name = f"agent-{number}"
        email = f"{name}@bench.example"
        agent, _ = Agent.objects.get_or_create(username=name, defaults={"email": email})
        channel.team.members.add(agent)
        duty.seen(agent.pk)
    Team.objects.filter(pk=channel.team_id).update(giving=giving, capacity=capacity)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    team = Team.objects.get(is_default=True)
    channel = Channel.objects.create(kind="email", name="support", team=team)
    hub(channel, range(20))
    least = setup.seconds(lambda: floor(count))
    ours = setup.seconds(lambda: hub(channel, range(20, 20 + count)))
    print(f"floor    {count / least:8.0f} mails/s")
    print(f"omnihub  {count / ours:8.0f} mails/s  {ours / least:.1f} x the floor's time")
    ways = {
        "by hand": (Giving.HAND, 0), "in turn": (Giving.ROUND_ROBIN, 30_000),
        "by load": (Giving.LEAST_LOADED, 30_000), "full": (Giving.ROUND_ROBIN, 0),
    }  # fmt: skip
    first = 0.0
    for place, (name, way) in enumerate(ways.items(), 1):
        rule(channel, *way)
        numbers = range(place * 10**6, place * 10**6 + count)
        took = setup.seconds(partial(hub, channel, numbers, 10**9))
        first = first or took
        print(f"{name:<8} {count / took:8.0f} cases/s  {took / first:.2f} x the time by hand")


if __name__ == "__main__":
    main()
