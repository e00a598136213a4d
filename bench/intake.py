"""Mails a second, stored and understood, against the floor: the same bytes in two bare commits.

./hub bench intake [MAILS]
"""

import sys

from django.db import connection, transaction

import bench._setup as setup
from conversations import receipts
from conversations.models import Channel, Team
from conversations.services import intake

BODY = "Hello,\r\n\r\nmy Pro 2 shuts off after five seconds.\r\n" * 20


def mail(number: int) -> bytes:
    return (
        f"From: Customer {number % 100} <c{number % 100}@bench.example>\r\n"
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


def hub(channel: Channel, count: int) -> None:
    for number in range(count):
        body = mail(number)
        receipt = receipts.record(channel, receipts.content_key(body), body, wakes=False)
        intake.process(receipt.pk)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    team = Team.objects.get(is_default=True)
    channel = Channel.objects.create(kind="email", name="support", team=team)
    hub(channel, 20)
    least, ours = setup.seconds(lambda: floor(count)), setup.seconds(lambda: hub(channel, count))
    print(f"floor    {count / least:8.0f} mails/s")
    print(f"omnihub  {count / ours:8.0f} mails/s  {ours / least:.1f} x the floor's time")


if __name__ == "__main__":
    main()
