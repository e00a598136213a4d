"""Kill and break the house at every named place between receipt and delivery.

A mail comes in by the pipe and one by the hook; an agent answers; the answer leaves. At one place
of the way a process dies or fails. Then whoever called tries again as they would in real life: the
mail server, the provider, the agent's browser, the clock. In the end nothing is lost, nothing is
there twice, nothing is stuck, and a mail that left twice carries the same Message-ID.
"""

from __future__ import annotations

import io
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations import clock, outbox
from conversations.faults import NAMES
from conversations.models import Case, Delivery, Heartbeat, Message, Receipt
from conversations.services import intake, reply
from tests.faults.children import DONE, in_child
from tests.faults.conftest import House

pytestmark = pytest.mark.faults

HERE = [name for name in NAMES if not name.startswith(("imap.", "merge.", "upload."))]
TRIES = 4


@dataclass
class Walk:
    """One way through the house, with a fault armed at one place of it."""

    house: House
    orders: Path
    name: str
    action: str
    folder: Path
    click: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def address(self) -> str:
        return f"{self.action}-{self.name.replace('.', '-')}@hey.example"

    def mail(self, subject: str) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Dana <{self.address}>", "support@kalma.example"
        mail["Subject"], mail["Message-ID"] = subject, f"<{subject}.{self.address}>"
        mail.set_content(f"{subject} says Dana")
        mail.add_attachment(b"x" * 90_000, maintype="image", subtype="png", filename="big.png")
        return mail.as_bytes()

    def pipe(self) -> None:
        file = self.folder / "mail.eml"
        file.write_bytes(self.mail("pipe"))
        call_command("receive_email", "support", str(file), stdout=io.StringIO())

    def hook(self) -> None:
        answer = Client().post(
            f"/hooks/email/{self.house.channel.key}/raw",
            data=self.mail("hook"),
            content_type="message/rfc822",
        )
        if answer.status_code != 200:
            raise RuntimeError(answer.status_code)

    def work(self) -> None:
        """What a worker does that was woken for each receipt."""
        for pk in Receipt.objects.filter(state="stored").values_list("pk", flat=True):
            intake.process(pk)

    def answer(self) -> None:
        reply.send(
            case_id=self.case().pk,
            agent=self.house.agent,
            text=f"answer to {self.address}",
            to=[self.address],
            client_id=self.click,
        )

    def send(self) -> None:
        for pk in outbox.due():
            outbox.deliver(pk)

    def tick(self) -> None:
        """The clock looks once; one that was killed has lost its heartbeat by now."""
        Heartbeat.objects.all().delete()
        with mock.patch.object(clock, "wake"):
            ticking = clock.Clock()
            ticking.tick()
            ticking._hands.shutdown(wait=True)

    def case(self) -> Case:
        return Case.objects.get(conversation__customer__identities__value=self.address)

    def through(self) -> None:
        """Everybody does their part, and tries again when it did not end well."""
        steps = (self.pipe, self.hook, self.work, self.recover, self.answer, self.send, self.tick)
        for step in (*steps, self.recover):
            self.until_done(step)

    def until_done(self, step: Callable[[], None]) -> None:
        for _ in range(TRIES):
            if in_child(step, self.orders) == DONE:
                return
        pytest.fail(f"{self.name}: {step} never came through")

    def recover(self) -> None:
        """Time passes: leases run out, the clock sweeps."""
        past = timezone.now() - timedelta(minutes=5)
        for _ in range(3):
            Receipt.objects.filter(state="stored").update(received_at=past)
            Delivery.objects.filter(state="sending").update(leased_until=past)
            Delivery.objects.filter(state__in=["queued", "held"]).update(due_at=past)
            intake.sweep()
            self.send()

    def check(self) -> list[str]:
        """What is wrong in the end; empty when all is well."""
        mails = Message.objects.filter(identity__value=self.address)
        answers = Message.objects.filter(client_id=self.click)
        left = self.house.ledger.ids(f"answer to {self.address}")
        facts = {
            "both mails are there once": sorted(m.subject for m in mails) == ["hook", "pipe"],
            "each with its file": all(
                [a.blob.size for a in m.attachments.all()] == [90_000] for m in mails
            ),
            "files are readable": all(a.blob.read() for m in mails for a in m.attachments.all()),
            "one conversation": len({m.conversation_id for m in mails}) == 1,
            "raw kept": all(len(m.receipt.blob.read()) > 90_000 for m in mails if m.receipt),
            "nothing stuck inside": not Receipt.objects.exclude(state="processed").exists(),
            "one answer": answers.count() == 1,
            "it left": len(left) >= 1,
            "under one id": len(set(left)) == 1,
            "settled": not Delivery.objects.exclude(state="sent").exists(),
            "nobody waits": self.case().waiting_since is None,
        }
        wrong = [what for what, holds in facts.items() if not holds]
        repeats = Delivery.objects.get(messages__client_id=self.click).resends
        if len(left) - 1 != repeats and self.name != "outbox.before_call":
            wrong.append(f"{len(left)} left, {repeats} repeats counted")
        return wrong


# a death spares nobody who waits; of a failure at each place the rest is proved at length
EVERY = [
    pytest.param("kill", HERE, id="kill"),
    pytest.param("raise", HERE[::3], id="raise-some"),
    pytest.param("raise", HERE, id="raise", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("action", "names"), EVERY)
def test_nothing_is_lost_doubled_or_stuck(
    house: House, tmp_path: Path, action: str, names: list[str]
) -> None:
    house.agent.undo_seconds = 0
    house.agent.save()
    wrong: dict[str, list[str]] = {}
    reached: Counter[str] = Counter()
    for name in names:
        orders = tmp_path / f"{name}.orders"
        orders.write_text(f"{name}:1:{action}")
        walk = Walk(house=house, orders=orders, name=name, action=action, folder=tmp_path)
        walk.through()
        passed = orders.with_suffix(".log").read_text().split()
        reached.update(set(passed))
        if name not in passed:
            wrong[name] = ["never reached"]
        elif found := walk.check():
            wrong[name] = found
    assert wrong == {}
    assert set(reached) >= set(names)
