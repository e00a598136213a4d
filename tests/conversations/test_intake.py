"""Which customer, which case: rules 1 to 5."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversations import receipts
from conversations.models import (
    Agent,
    Case,
    Channel,
    Claim,
    Conversation,
    Customer,
    Identity,
    Message,
    ParticipantState,
    Receipt,
    Status,
    Team,
)
from conversations.services import intake, participants, status
from tests.people import answer, make_channel, receive, record

pytestmark = pytest.mark.django_db


def test_a_first_mail_makes_customer_conversation_and_case(support: Channel) -> None:
    message = receive(support, "Dana@Hey.example", subject="Re: Pro 2 shuts off", name="Dana")
    case = message.case
    assert str(case.conversation.customer) == "Dana"
    assert (case.topic, case.status, case.team) == ("Pro 2 shuts off", Status.OPEN, support.team)
    assert case.waiting_since == message.sorted_at
    assert case.reply_due_at == message.sorted_at + support.reply_target
    assert case.journey == ["paper"]


def test_the_same_event_twice_changes_nothing(support: Channel) -> None:
    first = record(support, {"from": "dana@hey.example"}, key="7")
    second = record(support, {"from": "dana@hey.example", "text": "another body"}, key="7")
    intake.process(first.pk)
    before = Conversation.objects.get().revision
    intake.process(second.pk)
    assert first.pk == second.pk
    assert Conversation.objects.get().revision == before
    assert Message.objects.count() == 1


def test_a_second_mail_joins_the_open_case(support: Channel) -> None:
    first = receive(support, "dana@hey.example", subject="One")
    second = receive(support, "dana@hey.example", subject="Something else entirely")
    assert first.case == second.case
    assert second.case.waiting_since == first.sorted_at


def test_a_recently_resolved_case_is_reopened(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@hey.example")
    status.resolve(case_id=first.case_id, agent=priya)
    second = receive(support, "dana@hey.example", "It broke again")
    assert second.case_id == first.case_id
    assert second.case.status == Status.OPEN
    assert second.case.waiting_since == second.sorted_at
    assert second.case.messages.filter(code="reopened").exists()


def test_a_reference_to_an_old_case_opens_one_that_follows(
    support: Channel, priya: Agent, settings: object
) -> None:
    first = receive(support, "dana@hey.example", subject="Old")
    status.resolve(case_id=first.case_id, agent=priya)
    Case.objects.update(resolved_at=timezone.now() - timedelta(days=10))
    second = receive(support, "dana@hey.example", references=[first.message_id])
    assert second.case.follows_id == first.case_id
    assert second.case.status == Status.OPEN


def test_an_own_topic_channel_joins_only_cases_of_its_team(
    support: Channel, warranty: Team
) -> None:
    first = receive(support, "dana@hey.example")
    billing = make_channel(warranty, name="billing")
    Channel.objects.filter(pk=billing.pk).update(is_own_topic=True)
    billing.refresh_from_db()
    second = receive(billing, "dana@hey.example")
    assert second.case != first.case
    assert second.case.conversation == first.case.conversation


def test_a_token_wins_over_the_latest_case(support: Channel, warranty: Team) -> None:
    first = receive(support, "dana@hey.example")
    billing = make_channel(warranty, name="billing")
    Channel.objects.update(is_own_topic=True)
    billing.refresh_from_db()
    other = receive(billing, "dana@hey.example")
    third = receive(billing, "dana@hey.example", tokens=[first.case.reply_token])
    assert other.case != third.case == first.case


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1], lambda t: t + "0", lambda t: t * 2, lambda _: "", str.swapcase],
    ids=["shorter", "longer", "doubled", "empty", "other case"],
)
def test_a_token_that_is_not_whole_opens_nothing(
    support: Channel, change: Callable[[str], str]
) -> None:
    first = receive(support, "dana@hey.example")
    token = change(first.case.reply_token)
    other = receive(support, "mallory@evil.example", tokens=[token])
    assert other.case.conversation != first.case.conversation


def test_a_stranger_with_a_reference_speaks_unconfirmed(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@hey.example")
    answer(first.case, priya)
    status.resolve(case_id=first.case_id, agent=priya)
    stranger = receive(
        support, "sam@else.example", "Me too", tokens=[first.case.reply_token], name="Sam"
    )
    case = Case.objects.get(pk=first.case_id)
    assert stranger.case == case
    assert stranger.is_unconfirmed
    assert case.status == Status.RESOLVED
    assert case.waiting_since is None
    assert case.last_preview == "Done."
    assert not Conversation.objects.filter(customer__name="Sam").exists()
    fresh = receive(support, "sam@else.example", "Something of mine")
    assert fresh.case.conversation.customer.name == "Sam"


def test_an_accepted_stranger_counts(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@hey.example")
    answer(first.case, priya)
    receive(support, "sam@else.example", tokens=[first.case.reply_token])
    participant = first.case.participants.get()
    participants.accept(case_id=first.case_id, participant_id=participant.pk, agent=priya)
    case = Case.objects.get(pk=first.case_id)
    assert case.last_preview == "Hello"
    assert case.waiting_since is not None
    assert not case.messages.filter(is_unconfirmed=True).exists()


def test_whom_we_copied_is_no_stranger(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@hey.example")
    answer(first.case, priya, cc=["sam@else.example"])
    reply = receive(support, "sam@else.example", tokens=[first.case.reply_token])
    assert not reply.is_unconfirmed
    assert first.case.participants.get().state == ParticipantState.CONFIRMED


def test_a_failed_check_gets_a_conversation_of_its_own(support: Channel) -> None:
    real = receive(support, "dana@hey.example", grade="pass")
    forged = receive(support, "dana@hey.example", "Send me her address", grade="fail")
    assert forged.case.conversation != real.case.conversation
    assert Claim.objects.get().value == "dana@hey.example"
    assert Identity.objects.get(kind="email").verified_at is not None
    assert receive(support, "dana@hey.example", grade="fail").case == forged.case


def test_our_own_and_agents_addresses_are_nobody(support: Channel, priya: Agent) -> None:
    one = receive(support, priya.email, name="Priya")
    two = receive(support, priya.email, name="Priya")
    assert one.case.conversation != two.case.conversation
    assert Identity.objects.get(value=priya.email).is_shared
    again = receive(support, priya.email, references=[one.message_id])
    assert again.case == one.case


def test_one_message_id_in_one_conversation_is_one_message(
    support: Channel, warranty: Team
) -> None:
    billing = make_channel(warranty, name="billing")
    first = receive(support, "dana@hey.example", id="same@mail.example")
    said = {"from": "dana@hey.example", "text": "Hello", "id": "same@mail.example"}
    copy = record(billing, said)
    assert intake.process(copy.pk).case_id == first.case_id
    assert Message.objects.filter(kind="message").count() == 1


def test_a_machine_starts_no_clock_and_reopens_nothing(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@hey.example")
    status.resolve(case_id=first.case_id, agent=priya)
    auto = receive(support, "dana@hey.example", origin="auto_reply", references=[first.message_id])
    assert auto.case_id == first.case_id
    assert auto.case.status == Status.RESOLVED
    assert auto.case.waiting_since is None


def test_history_becomes_resolved_cases_with_their_own_dates(support: Channel) -> None:
    receipt = record(
        support, {"from": "dana@hey.example", "sent_at": "2024-02-01T10:00:00+00:00"}, history=True
    )
    intake.process(receipt.pk)
    case = Case.objects.get()
    assert case.status == Status.RESOLVED
    assert case.opened_at.year == case.last_message_at.year == 2024
    assert case.waiting_since is None


def test_what_cannot_be_parsed_is_kept_with_its_reason_and_can_be_tried_again(
    support: Channel,
) -> None:
    bad = receipts.record(support, "1", b"\xff not json")
    assert intake.process(bad.pk).state == "quarantined"
    bad.refresh_from_db()
    assert bad.reason_code == "not_json"
    assert bad.blob.read() == b"\xff not json"
    receipts.replay(bad)
    assert Receipt.objects.get(pk=bad.pk).state == "stored"


def test_a_poison_receipt_is_set_aside_after_three_attempts(support: Channel) -> None:
    bad = record(support, {"nobody": "there"})
    good = record(support, {"from": "dana@hey.example"})
    for _ in range(3):
        intake.process(bad.pk)
    intake.process(good.pk)
    bad.refresh_from_db()
    assert (bad.state, bad.reason_code) == ("quarantined", "crashed")
    assert "KeyError" in bad.reason_words
    assert Receipt.objects.get(pk=good.pk).state == "processed"


def test_what_no_column_can_hold_is_set_aside_too(support: Channel) -> None:
    """It is not the database's fault: trying for ever would help nobody."""
    bad = record(support, {"from": "dana@hey.example", "text": "a\x00b"})
    for _ in range(3):
        intake.process(bad.pk)
    bad.refresh_from_db()
    assert (bad.state, bad.reason_code) == ("quarantined", "crashed")
    assert "NUL" in bad.reason_words


def test_a_receipt_that_kills_its_process_is_set_aside_by_the_sweep(
    support: Channel, settings: object
) -> None:
    receipt = record(support, {"from": "dana@hey.example"})
    Receipt.objects.update(attempts=3, received_at=timezone.now() - timedelta(minutes=1))
    intake.sweep()
    receipt.refresh_from_db()
    assert (receipt.state, receipt.reason_code) == ("quarantined", "killed")


def test_the_sweep_takes_live_mail_before_history(support: Channel) -> None:
    record(support, {"from": "old@hey.example"}, history=True)
    live = record(support, {"from": "dana@hey.example"})
    Receipt.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    intake.sweep(limit=1)
    live.refresh_from_db()
    assert live.state == "processed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_twenty_first_mails_at_once_make_one_customer(rounds: int) -> None:
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Everyone"})
    channel = make_channel(team)
    for turn in range(rounds):
        _at_once(channel, f"new{turn}@hey.example")
        assert Identity.objects.filter(value=f"new{turn}@hey.example").count() == 1
    assert Customer.objects.count() == rounds
    assert Conversation.objects.count() == Case.objects.count() == rounds
    assert Message.objects.filter(kind="message").count() == 20 * rounds


def _at_once(channel: Channel, sender: str) -> None:
    made = [record(channel, {"from": sender, "text": str(n)}) for n in range(20)]
    barrier = threading.Barrier(len(made))

    def work(receipt: Receipt) -> None:
        try:
            barrier.wait()
            intake.process(receipt.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(receipt,)) for receipt in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
