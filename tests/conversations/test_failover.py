"""A failure finds another way: once, only from failed, never around a STOP."""

from collections.abc import Callable

import pytest

from conversations import outbox
from conversations.adapters.base import OutcomeUnknown, PermanentFailure, Sent
from conversations.adapters.messages import DeliveryReport, OutboundMessage, Outcome
from conversations.models import Agent, Case, Channel, Delivery, Failover, Identity, Status, Team
from conversations.services import deliveries, failover
from tests.paper import OWN, PROVIDER
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db

DANA = "dana@hey.example"


@pytest.fixture
def fast(team: Team) -> Channel:
    """As texts are: what fails here is tried by mail."""
    return Channel.objects.create(kind="fast", name="fast", team=team, fails_over=True)


@pytest.fixture
def case(support: Channel, fast: Channel) -> Case:
    receive(support, DANA, subject="Pro 2")
    return receive(fast, DANA, "Is it on its way?").case


def failing(error: Exception) -> Callable[[OutboundMessage], Sent]:
    def send(message: OutboundMessage) -> Sent:
        raise error

    return send


def failed(
    case: Case,
    priya: Agent,
    error: Exception | None = None,
    *,
    fails_over: bool | None = None,
) -> Delivery:
    """An answer by the fast channel that went wrong."""
    PROVIDER.moods = [failing(error or PermanentFailure("landline"))]
    delivery = answer(case, priya, "On its way", to=[DANA], fails_over=fails_over).deliveries.get()
    outbox.deliver(delivery.pk)
    return delivery


def test_what_failed_goes_by_the_next_channel_in_the_same_thread(
    case: Case, priya: Agent, support: Channel
) -> None:
    delivery = failed(case, priya)
    assert failover.sweep() == 1
    instead = delivery.instead
    assert (instead.channel, instead.recipients.get().address) == (support, DANA)
    assert outbox.deliver(instead.pk) == "sent"
    [mail] = PROVIDER.accepted
    assert (mail.text, mail.subject, mail.sender.value) == ("On its way", "Re: Pro 2", OWN)
    assert mail.key == instead.key != delivery.key
    assert delivery.messages.get() == instead.messages.get()
    case.refresh_from_db()
    assert case.waiting_since is None


def test_it_happens_once(case: Case, priya: Agent) -> None:
    delivery = failed(case, priya)
    assert [failover.sweep(), failover.sweep()] == [1, 0]
    assert failover.decide(delivery.pk) is None
    deliveries.send_again(delivery_id=delivery.pk, agent=priya)
    PROVIDER.moods = [failing(PermanentFailure("landline"))]
    outbox.deliver(delivery.pk)
    failover.sweep()
    assert Delivery.objects.count() == 2


def test_what_is_unknown_stays_where_it_is(case: Case, priya: Agent) -> None:
    failed(case, priya, OutcomeUnknown("outcome_unknown"))
    assert failover.sweep() == 0
    assert Delivery.objects.get().state == "unknown"


def test_a_report_of_failure_counts(case: Case, priya: Agent, fast: Channel) -> None:
    delivery = answer(case, priya, to=[DANA]).deliveries.get()
    outbox.deliver(delivery.pk)
    case.refresh_from_db()
    Case.objects.filter(pk=case.pk).update(status=Status.RESOLVED, resolved_at=case.opened_at)
    told = DeliveryReport(provider_id=delivery.key, outcome=Outcome.FAILED, code="landline")
    outbox.apply_report(fast, told)
    assert failover.sweep() == 1
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(("rule", "said", "count"), [
    (True, False, 1), (False, True, 2), (False, None, 1), (True, None, 2),
])  # fmt: skip
def test_the_messages_rule_comes_before_the_channels(  # noqa: PLR0917 -- a table
    case: Case, priya: Agent, fast: Channel, rule: bool, said: bool | None, count: int
) -> None:
    Channel.objects.filter(pk=fast.pk).update(fails_over=rule)
    delivery = failed(case, priya, fails_over=said)
    failover.sweep()
    assert Delivery.objects.count() == count
    delivery.refresh_from_db()
    assert delivery.failover == (Failover.NEXT if count == 2 else Failover.OFF)


def test_nobody_is_written_to_who_wants_nothing_or_is_not_reached(case: Case, priya: Agent) -> None:
    first, second = failed(case, priya), failed(case, priya)
    PROVIDER.unreachable = {DANA}
    assert failover.decide(first.pk) == Failover.NO_WAY
    PROVIDER.unreachable = set()
    Identity.objects.update(unreachable_code="bounced")
    assert failover.decide(second.pk) == Failover.NO_WAY


def test_another_channel_of_the_kind_is_no_other_way(
    case: Case, priya: Agent, support: Channel, team: Team
) -> None:
    """A STOP on one number is not gone around by another number."""
    Channel.objects.filter(pk=support.pk).update(is_active=False)
    make_channel(team, name="faster", kind="fast")
    assert failover.decide(failed(case, priya).pk) == Failover.NO_WAY


def test_somebody_elses_message_goes_nowhere_else(case: Case, priya: Agent) -> None:
    PROVIDER.moods = [failing(PermanentFailure("landline"))]
    delivery = answer(case, priya, to=["shop@else.example"]).deliveries.get()
    outbox.deliver(delivery.pk)
    assert failover.decide(delivery.pk) == Failover.OFF


def test_what_failed_twice_tries_no_channel_again(case: Case, priya: Agent) -> None:
    delivery = failed(case, priya)
    failover.sweep()
    PROVIDER.moods = [failing(PermanentFailure("bounced"))]
    Channel.objects.update(fails_over=True)
    outbox.deliver(delivery.instead.pk)
    failover.sweep()
    delivery.instead.refresh_from_db()
    assert delivery.instead.failover == Failover.NO_WAY
    case.refresh_from_db()
    assert case.waiting_since is not None
