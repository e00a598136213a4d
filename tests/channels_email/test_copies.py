"""One mail that reaches us by several ways is one message."""

import itertools

import pytest

from channels_email import edge
from channels_email.models import EmailAccount
from conversations.models import Agent, Case, Channel, Message, Receipt
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.people import make_channel

ANA = "Ana Ruiz <ana@client.example>"
ID = "<one@client.example>"
FOOTER = "\n\n_______________\nKalma users, https://lists.client.example/kalma"


@pytest.fixture
def sales(support: Channel) -> Channel:
    channel = make_channel(support.team, name="sales", kind="email")
    EmailAccount.objects.create(channel=channel, address="sales@kalma.example")
    return channel


def bring(channel: Channel, text: str = "My chair broke.", **said: str) -> Case | None:
    said.setdefault("sender", ANA)
    said.setdefault("message_id", ID)
    body = mail(text, **said)
    receipt = intake.process(edge.keep(channel, body, door="hook", wakes=False).pk)
    assert receipt.state == "processed"
    return receipt.case


def listed(channel: Channel, text: str = "My chair broke.") -> Case | None:
    return bring(
        channel, text + FOOTER, subject="[kalma] My chair", list_id="Kalma <kalma.client.example>"
    )


def messages() -> list[Message]:
    return list(Message.objects.filter(kind="message").order_by("id"))


def test_to_one_and_cc_to_the_other_of_our_addresses(support: Channel, sales: Channel) -> None:
    said = {"to": "support@kalma.example", "cc": "sales@kalma.example"}
    assert bring(support, **said) == bring(sales, received="by mx2.kalma.example", **said)
    (message,) = messages()
    assert [a["address"] for a in message.addressees] == list(said.values())
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("order", list(itertools.permutations(["direct", "listed"])))
def test_over_a_list_as_well(support: Channel, order: tuple[str, ...]) -> None:
    ways = {"direct": bring, "listed": listed}
    cases = {ways[way](support) for way in order}
    assert len(cases) == 1
    assert len(messages()) == 1
    assert Case.objects.get().waiting_since


def test_a_list_alone_starts_no_clock(support: Channel) -> None:
    listed(support)
    assert Case.objects.get().waiting_since is None


@pytest.mark.parametrize("way", ["other words", "more words", "another sender"])
def test_an_id_hides_nothing_that_is_new(support: Channel, way: str) -> None:
    bring(support)
    if way == "other words":
        bring(support, "Never mind.")
    elif way == "more words":
        bring(support, "My chair broke. And the table too.")
    else:
        bring(support, sender="Bo <bo@else.example>")
    assert len(messages()) == 2


def test_a_list_that_says_much_more_is_heard(support: Channel) -> None:
    bring(support)
    listed(support, "My chair broke. " + "And this as well. " * 60)
    assert len(messages()) == 2


def test_our_own_copy_comes_back_once(support: Channel, sales: Channel, priya: Agent) -> None:
    asked = deliver(support, sender=ANA)
    for channel in (support, sales):
        bring(
            channel,
            "On its way.",
            sender="support@kalma.example",
            message_id="<two@kalma.example>",
            in_reply_to=asked.message_id,
        )
    assert len(messages()) == 2
