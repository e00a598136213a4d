"""Guaranteed delivery: every way a transmission can end, and who may send what when."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import outbox
from conversations.adapters.base import (
    OutcomeUnknown,
    PermanentFailure,
    Sent,
    TransientFailure,
)
from conversations.adapters.messages import OutboundMessage
from conversations.models import (
    Agent,
    Case,
    Change,
    Channel,
    Delivery,
    DeliveryState,
    Identity,
    Message,
    Recipient,
    Team,
)
from conversations.services import deliveries, notes, reply
from conversations.services.errors import Forbidden, Refused
from tests.paper import Provider
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db


def failing(error: Exception) -> Callable[[OutboundMessage], Sent]:
    def send(message: OutboundMessage) -> Sent:
        raise error

    return send


@pytest.fixture
def sent(support: Channel, priya: Agent) -> Delivery:
    """An answer to Dana that is queued."""
    message = answer(receive(support, "dana@hey.example", subject="Pro 2").case, priya)
    return message.deliveries.get()


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def pass_time(delivery: Delivery) -> None:
    """The pause before the next attempt is over."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def lose_lease(delivery: Delivery) -> None:
    """The worker was killed and its lease ran out."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=past)


def test_an_answer_leaves_once_with_what_threads_it(sent: Delivery, provider: Provider) -> None:
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    assert outbox.deliver(sent.pk) is None
    [mail] = provider.accepted
    message = sent.messages.get()
    assert mail.key == message.message_id
    assert mail.subject == "Re: Pro 2"
    assert mail.references == tuple(message.references) != ()
    assert mail.reply_token == message.case.reply_token
    assert [r.state for r in sent.recipients.all()] == ["sent"]


def test_the_customers_answer_to_it_lands_in_the_same_case(
    sent: Delivery, support: Channel, provider: Provider
) -> None:
    outbox.deliver(sent.pk)
    back = receive(support, "dana@hey.example", references=[provider.accepted[0].key])
    assert back.case == sent.messages.get().case


def test_a_transient_failure_is_tried_again_later(sent: Delivery, provider: Provider) -> None:
    provider.moods = [failing(TransientFailure("greylisted", words="451 later"))]
    assert outbox.deliver(sent.pk) == DeliveryState.QUEUED
    assert outbox.deliver(sent.pk) is None
    sent.refresh_from_db()
    assert (sent.reason_code, sent.reason_words) == ("greylisted", "451 later")
    pass_time(sent)
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    assert state_of(sent) == "sent"
    assert (sent.attempts, sent.resends, sent.reason_code) == (2, 0, "")


def test_retry_after_is_obeyed(sent: Delivery, provider: Provider) -> None:
    provider.moods = [failing(TransientFailure("busy", retry_after=3600))]
    outbox.deliver(sent.pk)
    sent.refresh_from_db()
    assert sent.due_at > timezone.now() + timedelta(minutes=59)


def test_a_day_of_trying_is_a_failure(sent: Delivery, provider: Provider) -> None:
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=25))
    provider.moods = [failing(TransientFailure("busy"))]
    assert outbox.deliver(sent.pk) == DeliveryState.FAILED
    assert state_of(sent) == "failed"


def test_a_permanent_failure_is_shown_and_can_be_sent_again(
    sent: Delivery, provider: Provider, priya: Agent
) -> None:
    provider.moods = [failing(PermanentFailure("no_such_mailbox", words="550 no"))]
    before = Change.objects.count()
    assert outbox.deliver(sent.pk) == DeliveryState.FAILED
    assert [r.reason_words for r in sent.recipients.all()] == ["550 no"]
    assert Change.objects.count() == before + 2
    deliveries.send_again(delivery_id=sent.pk, agent=priya)
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    with pytest.raises(Refused):
        deliveries.send_again(delivery_id=sent.pk, agent=priya)


def test_an_address_that_is_refused_as_nobodys_is_remembered(
    sent: Delivery, provider: Provider, priya: Agent
) -> None:
    provider.moods = [
        lambda message: Sent(
            provider_id=message.key,
            refused={"dana@hey.example": ("no_such_mailbox", "550 5.1.1 no such user")},
            gone=frozenset({"dana@hey.example"}),
        )
    ]
    assert outbox.deliver(sent.pk) == DeliveryState.FAILED
    dana = Identity.objects.get(value="dana@hey.example")
    assert dana.unreachable_code == "no_such_mailbox"
    assert Change.objects.filter(kind="customer").count() == 1
    deliveries.send_again(delivery_id=sent.pk, agent=priya)
    dana.refresh_from_db()
    assert dana.unreachable_code == ""


def test_each_recipient_keeps_the_words_that_it_was_refused_with(
    support: Channel, provider: Provider, priya: Agent
) -> None:
    case = receive(support, "dana@hey.example").case
    to = ["dana@hey.example", "eve@hey.example"]
    delivery = answer(case, priya, to=to).deliveries.get()
    refused = {to[0]: ("full", "552 full"), to[1]: ("no_such_mailbox", "550 none")}
    provider.moods = [lambda _: Sent(provider_id="x", refused=refused)]
    assert outbox.deliver(delivery.pk) == DeliveryState.FAILED
    assert {r.address: (r.reason_code, r.reason_words) for r in delivery.recipients.all()} == (
        refused
    )


def test_who_was_not_reached_waits_on_even_where_the_case_was_resolved(
    support: Channel, provider: Provider, priya: Agent
) -> None:
    first = receive(support, "dana@hey.example")
    delivery = answer(first.case, priya, resolve=True).deliveries.get()
    provider.moods = [failing(PermanentFailure("no_such_mailbox"))]
    outbox.deliver(delivery.pk)
    case = Case.objects.get(pk=first.case_id)
    assert (case.status, case.waiting_since) == ("open", first.sorted_at)
    deliveries.send_again(delivery_id=delivery.pk, agent=priya)
    case.refresh_from_db()
    assert case.waiting_since is None


def test_only_the_cases_own_team_sends_again(
    sent: Delivery, provider: Provider, marco: Agent, warranty: Team
) -> None:
    provider.moods = [failing(PermanentFailure("no"))]
    outbox.deliver(sent.pk)
    sent.messages.get().case.__class__.objects.update(team=Team.objects.create(name="Shipping"))
    with pytest.raises(Forbidden):
        deliveries.send_again(delivery_id=sent.pk, agent=marco)


def test_one_refused_recipient_fails_alone(
    support: Channel, priya: Agent, provider: Provider
) -> None:
    case = receive(support, "dana@hey.example").case
    message = answer(case, priya, cc=["sam@else.example"])
    provider.moods = [
        lambda m: Sent(provider_id=m.key, refused={"sam@else.example": ("unknown_user", "550")})
    ]
    assert outbox.deliver(message.deliveries.get().pk) == DeliveryState.SENT
    states = dict(Recipient.objects.values_list("address", "state"))
    assert states == {"dana@hey.example": "sent", "sam@else.example": "failed"}
    deliveries.send_again(delivery_id=message.deliveries.get().pk, agent=priya)
    assert outbox.deliver(message.deliveries.get().pk) == DeliveryState.SENT
    assert [a.address.value for a in provider.accepted[-1].addressees] == ["sam@else.example"]
    assert set(Recipient.objects.values_list("state", flat=True)) == {"sent"}


def test_unknown_is_repeated_only_where_a_repeat_does_no_harm(
    sent: Delivery, provider: Provider, support: Channel, priya: Agent
) -> None:
    provider.moods = [failing(OutcomeUnknown("cut")), failing(OutcomeUnknown("cut"))]
    assert outbox.deliver(sent.pk) == DeliveryState.QUEUED
    pass_time(sent)
    Channel.objects.update(kind="fast")
    Delivery.objects.update(called_at=None)
    assert outbox.deliver(sent.pk) == DeliveryState.UNKNOWN
    assert state_of(sent) == "unknown"


def test_a_lease_lost_before_the_call_is_taken_over(sent: Delivery, provider: Provider) -> None:
    assert outbox.claim(sent.pk) is not None
    assert outbox.claim(sent.pk) is None
    lose_lease(sent)
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    assert len(provider.accepted) == 1


def test_a_lease_lost_after_the_call_is_unknown_where_repeats_do_harm(
    sent: Delivery, provider: Provider
) -> None:
    lease = outbox.claim(sent.pk)
    assert lease is not None
    assert lease.recheck()
    lose_lease(sent)
    Channel.objects.update(kind="fast")
    assert outbox.deliver(sent.pk) == DeliveryState.UNKNOWN
    assert provider.accepted == []


def test_a_mail_sent_again_after_a_kill_carries_the_same_id_and_is_counted(
    sent: Delivery, provider: Provider
) -> None:
    lease = outbox.claim(sent.pk)
    assert lease is not None
    assert lease.recheck()
    lose_lease(sent)
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    assert state_of(sent) == "sent"
    assert sent.resends == 1
    assert provider.accepted[0].key == sent.messages.get().message_id


def test_who_wakes_up_late_changes_nothing(sent: Delivery, provider: Provider) -> None:
    late = outbox.claim(sent.pk)
    assert late is not None
    lose_lease(sent)
    assert not late.recheck()
    assert outbox.deliver(sent.pk) == DeliveryState.SENT
    assert late.rows().update(state="failed") == 0


def test_deliveries_of_one_thread_leave_in_order(
    support: Channel, priya: Agent, provider: Provider
) -> None:
    case = receive(support, "dana@hey.example").case
    first = answer(case, priya, "one").deliveries.get()
    second = answer(case, priya, "two").deliveries.get()
    assert outbox.deliver(second.pk) is None
    provider.moods = [failing(TransientFailure("busy"))]
    outbox.deliver(first.pk)
    assert outbox.deliver(second.pk) is None
    pass_time(first)
    assert outbox.deliver(first.pk) == outbox.deliver(second.pk) == DeliveryState.SENT
    assert [m.text.split()[0] for m in provider.accepted] == ["one", "two"]


def test_two_of_one_line_cannot_be_sending(sent: Delivery, support: Channel, priya: Agent) -> None:
    other = answer(sent.messages.get().case, priya).deliveries.get()
    outbox.claim(sent.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=other.pk).update(
            state="sending", lease_token=uuid.uuid4(), leased_until=timezone.now()
        )


def test_availability_is_asked_again_at_the_last_moment(sent: Delivery, provider: Provider) -> None:
    provider.unreachable.add("dana@hey.example")
    assert outbox.deliver(sent.pk) == DeliveryState.FAILED
    assert provider.accepted == []
    assert state_of(sent) == "failed"
    assert sent.reason_code == "opted_out"


def test_a_held_message_can_be_taken_back_until_it_leaves(
    support: Channel, priya: Agent, provider: Provider
) -> None:
    priya.undo_seconds = 10
    case = receive(support, "dana@hey.example").case
    message = answer(case, priya, "Too hasty", cc=["sam@else.example"])
    delivery = message.deliveries.get()
    case.refresh_from_db()
    assert (state_of(delivery), case.waiting_since) == ("held", None)
    assert outbox.deliver(delivery.pk) is None
    draft = reply.undo(message_id=message.pk, agent=priya)
    case.refresh_from_db()
    assert (draft.text, draft.fields["cc"]) == ("Too hasty", ["sam@else.example"])
    assert case.waiting_since is not None
    pass_time(delivery)
    assert outbox.deliver(delivery.pk) is None
    assert provider.accepted == []


def test_after_the_hold_it_is_too_late(support: Channel, priya: Agent) -> None:
    priya.undo_seconds = 10
    message = answer(receive(support, "dana@hey.example").case, priya)
    pass_time(message.deliveries.get())
    assert outbox.due() == [message.deliveries.get().pk]
    assert outbox.deliver(message.deliveries.get().pk) == DeliveryState.SENT
    with pytest.raises(Refused, match="too_late"):
        reply.undo(message_id=message.pk, agent=priya)


def test_a_note_never_leaves_by_any_path(sent: Delivery, support: Channel, priya: Agent) -> None:
    case = sent.messages.get().case
    note = notes.add(case_id=case.pk, agent=priya, text="He is rude", client_id=uuid.uuid4())
    with pytest.raises(outbox.NotPublic):
        outbox.enqueue(note, channel=support, recipients=[])
    sent.messages.set([note])
    assert outbox.deliver(sent.pk) == DeliveryState.FAILED
    assert not Message.objects.filter(deliveries=sent).exclude(kind="note").exists()


@pytest.mark.parametrize(
    "reports",
    [
        ["delivered", "sent", "read"],
        ["read", "delivered", "sent"],
        ["sent", "read", "delivered", "unknown"],
    ],
    ids=["in order", "backwards", "with a strange word"],
)
def test_reports_climb_whatever_their_order(
    sent: Delivery, support: Channel, reports: list[str]
) -> None:
    from conversations.adapters.messages import DeliveryReport, Outcome

    outbox.deliver(sent.pk)
    for word in reports:
        report = DeliveryReport(provider_id=sent.key, outcome=Outcome(word))
        with transaction.atomic():
            assert outbox.apply_report(support, report)
    assert state_of(sent) == "read"


def test_a_report_that_comes_late_takes_no_reason_away(sent: Delivery, support: Channel) -> None:
    from conversations.adapters.messages import DeliveryReport, Outcome

    outbox.deliver(sent.pk)
    failed = DeliveryReport(provider_id=sent.key, outcome=Outcome.FAILED, code="landline")
    for report in (failed, DeliveryReport(provider_id=sent.key, outcome=Outcome.SENT)):
        with transaction.atomic():
            assert outbox.apply_report(support, report)
    sent.refresh_from_db()
    assert (sent.state, sent.reason_code) == ("failed", "landline")


def test_a_fast_channel_is_not_held(team: Team, priya: Agent) -> None:
    priya.undo_seconds = 10
    fast = make_channel(team, name="fast", kind="fast")
    message = answer(receive(fast, "dana@hey.example").case, priya)
    assert message.deliveries.get().state == "queued"
