"""Contact forms: their Reply-To is who they say has written, and where answers go."""

import pytest
from django.test import Client
from django.utils import timezone

from channels_email import compose, edge
from channels_email.config import config_of
from channels_email.models import EmailAccount
from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Channel,
    Claim,
    Customer,
    Identity,
    Message,
    Rearrangement,
)
from conversations.outbox import building
from conversations.services import intake, put_back, reply
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.channels_email.test_authentication import FAIL, PASS, SERVER, WORLD, topped
from tests.people import answer, make_channel

FORM = "Website <form@shop.example>"
ANA = "Ana Ruiz <ana@client.example>"


@pytest.fixture(autouse=True)
def _a_listed_form(connected: EmailAccount) -> None:
    connected.form_senders = ["Form@Shop.example"]
    connected.save()


def submitted(support: Channel, text: str = "Where is my chair?", **said: str) -> Message:
    said.setdefault("reply_to", ANA)
    return deliver(support, text=text, sender=FORM, **said)


def test_a_form_writes_for_a_customer_of_its_own_who_is_said_to_be_somebody(
    support: Channel,
) -> None:
    real = deliver(support, sender=ANA)
    form = submitted(support)
    customer = form.case.conversation.customer
    assert (customer.name, form.author_name) == ("Ana Ruiz", "Ana Ruiz")
    assert form.case.conversation != real.case.conversation
    assert Claim.objects.get(customer=customer).value == "ana@client.example"
    assert Identity.objects.get(value="form@shop.example").is_shared
    assert submitted(support, "Hello?").case.conversation != form.case.conversation


def test_the_answer_goes_to_the_claimed_address_with_this_threads_words_alone(
    support: Channel, account: EmailAccount, priya: Agent
) -> None:
    deliver(support, sender=ANA, text="My pin is 4711")
    case = submitted(support).case
    assert reply.options(case=case).to == ("ana@client.example",)
    sent = answer(case, priya, "On its way.")
    delivery = sent.deliveries.get()
    delivery.recipients.update(state="sending")
    letter = compose.to_bytes(
        compose.build(building.build(delivery), config_of(account), at=sent.sorted_at)
    )
    assert b"To: ana@client.example" in letter
    assert b"4711" not in letter


def token_of(case: Case) -> str:
    return f"support+{case.reply_token}@kalma.example"


def test_who_answers_with_the_token_from_that_address_holds_it(
    support: Channel, priya: Agent
) -> None:
    case = submitted(support).case
    answer(case, priya)
    back = deliver(support, sender=ANA, to=token_of(case), text="Thank you")
    assert back.case == case
    assert not back.is_unconfirmed
    assert Claim.objects.get().confirmed_at
    assert Identity.objects.get(value="ana@client.example").customer == case.conversation.customer
    assert Customer.objects.count() == 1
    assert deliver(support, sender=ANA, text="Another thing").case == case


def test_a_customer_whom_we_know_answers_there_and_stays_who_they_are(
    support: Channel, priya: Agent
) -> None:
    known = deliver(support, sender=ANA).case
    case = submitted(support).case
    answer(case, priya)
    back = deliver(support, sender=ANA, to=token_of(case), text="Thank you")
    assert (back.case, back.is_unconfirmed) == (case, False)
    assert Claim.objects.get().confirmed_at
    assert Identity.objects.get(value="ana@client.example").customer == known.conversation.customer


def from_ana(support: Channel, found: str = PASS, **said: str) -> Message:
    """A mail in Ana's name, and what the receiving server found."""
    return deliver(support, topped(f"A {SERVER}; {found}", WORLD, sender=ANA, **said))


@pytest.fixture
def checked(account: EmailAccount) -> None:
    """The mailbox's own server is believed."""
    account.authserv_id = SERVER
    account.save()


def test_a_customer_whom_we_know_and_who_passed_is_one_with_the_thread_that_they_answer(
    support: Channel, checked: None, priya: Agent
) -> None:
    known = from_ana(support).case
    case = submitted(support).case
    visitor = case.conversation.customer
    answer(case, priya)
    back = from_ana(support, to=token_of(case), text="Thank you")
    assert (back.case, back.is_unconfirmed) == (case, False)
    assert back.case.conversation == known.conversation
    entry = Rearrangement.objects.get()
    assert (entry.agent, entry.cause) == (None, "ana@client.example")
    lines = Message.objects.filter(code="customers_merged")
    assert set(lines.values_list("case", flat=True)) == {known.pk, case.pk}
    assert Claim.objects.get().confirmed_at
    assert from_ana(support, to=token_of(case), text="And another thing").case == case
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    assert Case.objects.get(pk=case.pk).conversation.customer == visitor
    assert Identity.objects.get(value="ana@client.example").customer == known.conversation.customer
    from_ana(support, to=token_of(case), text="Me again")
    assert Rearrangement.objects.get().undone_at


@pytest.mark.parametrize(
    "how", ["unchecked", "absent", "suggested", "blocked", "shared", "never written to"]
)
def test_nothing_less_makes_two_customers_one(
    support: Channel, checked: None, priya: Agent, how: str
) -> None:
    from_ana(support)
    case = submitted(support).case
    if how != "never written to":
        answer(case, priya)
    ana = Identity.objects.filter(value="ana@client.example")
    if how == "suggested":
        ana.update(suggested_at=timezone.now())
    elif how == "shared":
        ana.update(customer=None, is_shared=True)
    elif how == "blocked":
        BlockedSender.objects.create(value="ana@client.example", blocked_by=priya)
    said = {"auto_submitted": "auto-replied"} if how == "absent" else {}
    found = "dmarc=temperror" if how == "unchecked" else PASS
    back = from_ana(support, found, to=token_of(case), text="Thank you", **said)
    assert back.grade == ("none" if how == "unchecked" else "pass")
    assert not Rearrangement.objects.exists()


def test_who_denies_what_was_forged_in_their_name_is_not_its_writer(
    support: Channel, checked: None, priya: Agent
) -> None:
    known = from_ana(support).case
    liar = from_ana(support, FAIL, text="Pay me").case
    assert liar.conversation != known.conversation
    answer(liar, priya)
    from_ana(support, to=token_of(liar), text="Not from me")
    assert not Rearrangement.objects.exists()
    assert Case.objects.get(pk=liar.pk).conversation != known.conversation


@pytest.mark.parametrize("how", ["forged", "never written to", "somebody else", "by its id alone"])
def test_nothing_less_confirms_it(
    support: Channel, account: EmailAccount, priya: Agent, how: str
) -> None:
    account.authserv_id = "mx.kalma.example"
    account.save()
    form = submitted(support, message_id="<form.1@shop.example>")
    if how != "never written to":
        answer(form.case, priya)
    said = {"sender": ANA, "to": token_of(form.case)}
    if how == "forged":
        said["authentication_results"] = (
            "mx.kalma.example; dmarc=fail header.from=client.example; spf=fail"
        )
    elif how == "somebody else":
        said["sender"] = "Eve <eve@else.example>"
    elif how == "by its id alone":
        said |= {"to": "support@kalma.example", "in_reply_to": form.message_id}
    back = deliver(support, **said)
    assert back.case == form.case
    assert back.is_unconfirmed is (how != "by its id alone")
    assert Claim.objects.filter(value="ana@client.example", confirmed_at=None).exists()


def test_a_form_that_sends_in_our_own_name_starts_the_clock(
    support: Channel, account: EmailAccount
) -> None:
    account.form_senders = ["support@kalma.example"]
    account.save()
    form = deliver(support, sender="support@kalma.example", reply_to=ANA)
    assert form.case.waiting_since
    assert form.author_name == "Ana Ruiz"
    own = deliver(support, sender="support@kalma.example", reply_to="support+x@kalma.example")
    assert own.case.waiting_since is None


@pytest.mark.parametrize("reply_to", ["support@kalma.example", "priya@staff.example", "nonsense"])
def test_a_form_that_names_nobody_is_a_customer_without_a_claim(
    support: Channel, priya: Agent, reply_to: str
) -> None:
    form = submitted(support, reply_to=reply_to)
    assert not Claim.objects.exists()
    assert reply.options(case=form.case).to == ("form@shop.example",)


def test_another_senders_reply_to_chooses_nobody(support: Channel) -> None:
    mail_of = deliver(support, sender="Eve <eve@else.example>", reply_to=ANA)
    assert not Claim.objects.exists()
    assert mail_of.author_name == "Eve"


def test_who_wrote_before_the_form_was_listed_keeps_their_conversation(
    support: Channel, account: EmailAccount
) -> None:
    account.form_senders = []
    account.save()
    before = deliver(support, sender=FORM).case
    account.form_senders = ["form@shop.example"]
    account.save()
    assert submitted(support).case.conversation != before.conversation
    assert reply.options(case=Case.objects.get(pk=before.pk)).to == ("form@shop.example",)


def test_one_mail_of_a_form_at_two_of_our_addresses_is_one_message(
    support: Channel, account: EmailAccount
) -> None:
    sales = make_channel(support.team, name="sales", kind="email")
    EmailAccount.objects.create(
        channel=sales, address="sales@kalma.example", form_senders=account.form_senders
    )
    body = mail(sender=FORM, reply_to=ANA, cc="sales@kalma.example")
    deliver(support, body)
    copy = intake.process(edge.keep(sales, body, door="hook", wakes=False).pk)
    assert copy.case == Case.objects.get()
    assert Message.objects.filter(kind="message").count() == 1


def test_agents_see_through_which_form_and_who_owns_the_address(
    support: Channel, priya: Agent, client: Client
) -> None:
    deliver(support, sender=ANA, subject="The old matter")
    case = submitted(support).case
    client.force_login(priya)
    seen = client.get(f"/inbox/c/{case.pk}/", follow=True).content.decode()
    assert "Through form@shop.example, which says to be writing for ana@client.example." in seen
    assert "Unconfirmed" in seen
    assert "Who owns this address" in seen
    assert "The old matter" in seen


def test_every_thread_under_an_address_is_offered_beside_the_others(
    support: Channel, priya: Agent, client: Client
) -> None:
    real = deliver(support, sender=ANA, subject="The old matter").case
    one = submitted(support, subject="The first form").case
    two = submitted(support, "Hello?", subject="The second form").case
    client.force_login(priya)

    def panel(case: Case) -> str:
        page = client.get(f"/inbox/c/{case.pk}/", follow=True).content.decode()
        return page.partition('id="cust"')[2]

    for case, others in ((real, [one, two]), (one, [real, two]), (two, [real, one])):
        for other in others:
            assert other.topic in panel(case)
        assert case.topic not in panel(case)
