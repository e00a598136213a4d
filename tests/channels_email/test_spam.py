"""Spam: the provider's word, an agent's, and senders nobody wants to hear from."""

import pytest
from django.test import Client
from django.urls import reverse

from channels_email.models import EmailAccount
from conversations.models import Agent, BlockedSender, Case, Channel, Message
from conversations.services import blocking, status
from conversations.services.errors import Refused
from tests.channels_email.post import deliver
from tests.people import answer

pytestmark = pytest.mark.usefixtures("connected")


@pytest.mark.parametrize(
    "said",
    [
        {"x_spam_flag": "YES"},
        {"x_spam_status": "Yes, score=15.1 required=5.0"},
        {"x_spamd_result": "default: True [15.10 / 6.00]; R_SPF_FAIL(1.00)"},
        {"x_ms_exchange_organization_scl": "6"},
        {"x_forefront_antispam_report": "CIP:192.0.2.1;SCL:9;SFV:SPM"},
        {"x_ses_spam_verdict": "FAIL"},
        {"x_mailgun_sflag": "Yes"},
    ],
)
def test_what_the_provider_calls_spam_opens_as_spam(
    support: Channel, account: EmailAccount, said: dict[str, str]
) -> None:
    EmailAccount.objects.update(has_first_answer=True, first_answer_en="We have it.")
    case = deliver(support, **said).case
    assert (case.status, case.waiting_since, case.reply_due_at) == ("spam", None, None)
    assert not Message.objects.filter(is_system=True, kind="message").exists()


@pytest.mark.parametrize(
    "said",
    [
        {"x_spam_flag": "NO"},
        {"x_spam_status": "No, score=-1.9 required=5.0 tests=YES"},
        {"x_spamd_result": "default: False [-1.10 / 6.00]"},
        {"x_ms_exchange_organization_scl": "-1"},
        {"x_forefront_antispam_report": "SCL:1;SFV:NSPM"},
        {"x_ses_spam_verdict": "PASS"},
        {"x_spam_level": "***"},
    ],
)
def test_other_verdicts_are_no_spam(support: Channel, said: dict[str, str]) -> None:
    assert deliver(support, **said).case.status == "open"


def test_a_verdict_hides_no_answer_to_us_and_no_open_case(support: Channel, priya: Agent) -> None:
    case = deliver(support).case
    sent = answer(case, priya)
    reply = deliver(support, text="Thanks", in_reply_to=sent.message_id, x_spam_flag="YES")
    assert reply.case == case
    apart = deliver(support, text="Buy this", x_spam_flag="YES").case
    assert (apart.status, apart.conversation_id) == ("spam", case.conversation_id)
    assert deliver(support, text="And my chair?").case == case


def test_whoever_was_wrongly_called_spam_by_the_provider_gets_through_next_time(
    support: Channel,
) -> None:
    deliver(support, x_spam_flag="YES")
    assert deliver(support, text="Did you get my mail?").case.status == "open"


def test_what_an_agent_calls_spam_stays_spam_until_they_say_otherwise(
    support: Channel, priya: Agent
) -> None:
    case = deliver(support).case
    status.mark_spam(case_id=case.pk, agent=priya)
    again = deliver(support, text="Buy, buy").case
    assert (again, again.status, again.waiting_since) == (case, "spam", None)
    back = status.not_spam(case_id=case.pk, agent=priya)
    assert (back.status, back.waiting_since is not None) == ("open", True)


def test_a_customer_with_other_cases_is_heard(support: Channel, priya: Agent) -> None:
    spam = deliver(support).case
    status.mark_spam(case_id=spam.pk, agent=priya)
    status.not_spam(case_id=spam.pk, agent=priya)
    status.resolve(case_id=spam.pk, agent=priya)
    assert deliver(support, text="One more thing").case.status == "open"


@pytest.mark.parametrize("value", ["ana@client.example", "client.example", "example"])
def test_what_the_blocked_write_is_kept_as_spam(support: Channel, value: str) -> None:
    BlockedSender.objects.create(value=value)
    expected = "open" if value == "example" else "spam"
    kept = deliver(support, sender="Ana <Ana@client.example>")
    assert kept.case.status == expected
    assert kept.text == "Hello there"


def test_a_blocked_sender_reaches_no_case_by_quoting_it(support: Channel, priya: Agent) -> None:
    case = deliver(support, sender="Bo <bo@else.example>").case
    sent = answer(case, priya)
    BlockedSender.objects.create(value="sub.client.example")
    deliver(support, sender="x@a.sub.client.example", in_reply_to=sent.message_id)
    assert list(Case.objects.exclude(pk=case.pk).values_list("status", flat=True)) == ["spam"]


def test_agents_block_a_sender_and_take_it_back(
    support: Channel, priya: Agent, client: Client
) -> None:
    case = deliver(support).case
    client.force_login(priya)
    answer_ = client.post(reverse("inbox:block", args=[case.pk]), {"q": "all"}, follow=True)
    assert "Blocked: ana@client.example" in answer_.content.decode()
    assert BlockedSender.objects.get().blocked_by == priya
    case.refresh_from_db()
    assert case.status == "spam"
    page = client.get(reverse("inbox:case", args=["spam", case.pk])).content.decode()
    assert "Unblock the sender" in page
    assert "blocked ana@client.example" in page
    client.post(reverse("inbox:unblock", args=[case.pk]), {"q": "all"})
    case.refresh_from_db()
    assert (case.status, case.waiting_since is not None) == ("open", True)
    assert not BlockedSender.objects.exists()


def test_nobody_blocks_ourselves(support: Channel, priya: Agent) -> None:
    case = deliver(support, sender="support@kalma.example").case
    with pytest.raises(Refused, match="own_address"):
        blocking.block_sender(case_id=case.pk, agent=priya)


def test_admins_block_domains(admin_client: Client, support: Channel) -> None:
    add = reverse("admin:conversations_blockedsender_add")
    for wrong in ("kalma.example", "support@kalma.example", "no domain", "com"):
        assert admin_client.post(add, {"value": wrong}).status_code == 200
    assert admin_client.post(add, {"value": "Client.example"}).status_code == 302
    assert BlockedSender.objects.get().value == "client.example"
    assert deliver(support).case.status == "spam"
    listed = admin_client.get(reverse("admin:conversations_blockedsender_changelist"))
    assert "client.example" in listed.content.decode()
