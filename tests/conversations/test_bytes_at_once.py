"""The same bytes go and come in two transactions at once: what was taken in is there."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from conversations.models import Agent, Channel, ClockTimestamp, Erasure, Message, Receipt
from conversations.services import erasure, looks, pruning, redaction
from tests.conversations.life import LARGE, lena, own_store
from tests.people import receive, record
from tests.waiting import until_somebody_waits

__all__ = ["lena", "own_store"]

pytestmark = pytest.mark.django_db(transaction=True)


def redact(message: Message, agent: Agent) -> None:
    redaction.redact(message_id=message.pk, agent=agent)


def erase(message: Message, agent: Agent) -> None:
    customer = message.case.conversation.customer_id
    erasure.ask(customer_id=customer, agent=agent, cause="Asked by mail")
    Erasure.objects.update(due_at=ClockTimestamp())
    erasure.sweep()


class Meanwhile:
    """Somebody else, who begins when what they would take is kept, and not yet committed."""

    def __init__(self, job: Callable[[], object]) -> None:
        self.thread = threading.Thread(target=self._run)
        self.job, self.error = job, ""

    def _run(self) -> None:
        try:
            self.job()
        except Exception as error:  # noqa: BLE001 -- the test says which
            self.error = repr(error)
        finally:
            connections.close_all()

    def before(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **said: Any) -> Any:
            self.thread.start()
            until_somebody_waits()
            return step(*args, **said)

        return stepped


@pytest.mark.parametrize("go", [redact, erase])
@pytest.mark.parametrize("content", [LARGE, "small"])
def test_bytes_that_come_while_they_go_stay(
    support: Channel, lena: Agent, monkeypatch: pytest.MonkeyPatch, *, go: Any, content: str
) -> None:
    first = receive(support, "dana@hey.example", files={"same.txt": content})
    goes = Meanwhile(lambda: go(first, lena))
    monkeypatch.setattr(looks, "expect", goes.before(looks.expect))
    again = receive(support, "kim@post.example", files={"same.txt": content})
    goes.thread.join()
    assert goes.error == ""
    assert not Message.objects.filter(pk=first.pk, attachments__isnull=False).exists()
    assert again.attachments.get().blob.read() == content.encode()


def test_raw_mail_that_comes_again_while_it_is_let_go_stays(
    support: Channel, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RAW_KEPT = pruning.JOBS_KEPT * 0
    said = {"from": "dana@hey.example", "text": LARGE, "id": "one@mail.example"}
    Receipt.objects.filter(pk=record(support, said).pk).update(
        state="processed", processed_at=ClockTimestamp()
    )
    goes = Meanwhile(pruning.prune)
    save = Receipt.save
    monkeypatch.setattr(Receipt, "save", goes.before(save))
    again = record(support, said, key="again")
    goes.thread.join()
    assert goes.error == ""
    assert b"one@mail.example" in again.blob.read()
