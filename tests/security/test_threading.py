"""Mail that means harm: ids chosen by others, tokens, and what happens in between."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from conversations.models import Agent, Case, Channel, Message, Receipt, ReceiptState
from conversations.services import assignment, intake, status, which
from tests.people import answer, receive, record


def beside(do: Callable[[], object]) -> None:
    """In another process's place: a connection of its own, committed when this returns."""

    def run() -> None:
        do()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["token", "reference", "none"])
def test_what_agents_do_meanwhile_is_kept(
    support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first = receive(support, "dana@hey.example", id="first@hey.example")
    case = first.case
    really = which.referenced

    def slowly(*given: object) -> Case | None:
        found = really(*given)  # type: ignore[arg-type]
        beside(lambda: assignment.take(case_id=case.pk, agent=priya))
        beside(lambda: status.resolve(case_id=case.pk, agent=priya))
        return found

    monkeypatch.setattr(which, "referenced", slowly)
    quoted = {
        "token": {"tokens": [case.reply_token]},
        "reference": {"references": ["first@hey.example"]},
        "none": {},
    }
    receive(support, "dana@hey.example", "More", **quoted[how])
    case.refresh_from_db()
    assert case.assignee == priya
    assert case.status == "open"
    assert case.messages.filter(code="reopened").count() == 1


def said(channel: Channel, sender: str, text: str, **more: object) -> Receipt:
    receipt = record(channel, {"from": sender, "text": text, **more})
    return intake.process(receipt.pk)


@pytest.mark.django_db
def test_a_used_message_id_hides_no_other_words(support: Channel) -> None:
    """Whoever reads a Message-ID can write one; broken senders use the same for ever."""
    for text in ("First", "Second", "First", "Second"):
        receipt = said(support, "dana@hey.example", text, id="same@hey.example")
        assert receipt.state == ReceiptState.PROCESSED
        assert receipt.case is not None
    texts = Message.objects.filter(kind="message").order_by("id").values_list("text", flat=True)
    assert list(texts) == ["First", "Second"]


@pytest.mark.django_db
def test_nor_another_file(support: Channel) -> None:
    for content in ("empty", "the real one", "the real one"):
        said(support, "dana@hey.example", "See file", id="1@hey.example", files={"a": content})
    assert Message.objects.count() == 2


@pytest.mark.django_db
def test_a_stranger_cannot_take_the_id_of_what_a_customer_will_say(support: Channel) -> None:
    case = receive(support, "dana@hey.example").case
    said(support, "mal@evil.example", "Same id", id="next@hey.example", tokens=[case.reply_token])
    said(support, "dana@hey.example", "Same id", id="next@hey.example")
    assert case.messages.filter(text="Same id").count() == 2
    assert (
        case.messages.get(identity__value="dana@hey.example", text="Same id").is_unconfirmed
        is False
    )


@pytest.mark.django_db
def test_an_id_of_ours_hides_nothing(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@hey.example").case
    ours = answer(case, priya).message_id
    said(support, "dana@hey.example", "With your id", id=ours)
    assert case.messages.filter(text="With your id").exists()
