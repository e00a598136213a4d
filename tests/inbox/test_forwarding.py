"""A message handed on to a third party: what they get, what they answer, what nobody else sees."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations import outbox
from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Channel,
    Customer,
    Delivery,
    Draft,
    Message,
    Team,
)
from conversations.services import notes, redaction, reply, status
from tests.paper import OWN, Provider
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db

CANARY = "canary"
SUPPLIER = "supplier@parts.example"


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    first = receive(
        support, "dana@post.example", "The motor stopped.", name="Dana", subject="Pro 2",
        files={"motor.txt": "a picture", "bill.txt": "a bill"},
    )  # fmt: skip
    notes.add(case_id=first.case_id, agent=priya, text="Secret note", client_id=uuid.uuid4())
    Case.objects.update(assignee=priya)
    return Case.objects.get()


def waits(case: Case) -> bool:
    return Case.objects.filter(pk=case.pk, waiting_since__isnull=False).exists()


def first_of(case: Case) -> Message:
    return case.messages.filter(kind="message").earliest("id")


def forward(desk: Client, case: Case, **said: Any) -> Any:
    first = first_of(case)
    usual = {
        "to": SUPPLIER, "subject": "Fwd: Pro 2", "words": f"Please look, {CANARY}",
        "m": [first.pk], "file": list(first.attachments.values_list("pk", flat=True)),
        "client_id": uuid.uuid4(), "q": "mine", "kind": "aside",
    }  # fmt: skip
    return desk.post(f"/inbox/c/{case.pk}/forward", {**usual, **said}, follow=True)


def send_all() -> None:
    for delivery in Delivery.objects.filter(state__in=["queued", "held"]).order_by("id"):
        outbox.deliver(delivery.pk)


def handed_on(desk: Client, case: Case) -> Message:
    forward(desk, case)
    send_all()
    return Message.objects.get(case=case, is_aside=True)


def test_the_third_party_gets_the_message_its_files_and_nothing_else(
    desk: Client, case: Case, provider: Provider
) -> None:
    waiting = case.waiting_since
    page = forward(desk, case).content.decode()
    send_all()
    (mail,) = provider.accepted
    assert [a.address.value for a in mail.addressees] == [SUPPLIER]
    assert mail.subject == "Fwd: Pro 2"
    assert mail.text.startswith(f"Please look, {CANARY}")
    assert "From: Dana <dana@post.example>" in mail.text
    assert "Subject: Pro 2" in mail.text
    assert "The motor stopped." in mail.text
    assert "Secret note" not in mail.text
    assert {file.name for file in mail.files} == {"motor.txt", "bill.txt"}
    assert mail.reply_token == case.reply_token
    assert not mail.references
    case.refresh_from_db()
    assert waiting
    assert case.waiting_since == waiting, "Dana has heard nothing"
    assert "To a third party. The customer does not see this." in page


def test_the_page_shows_what_would_go(desk: Client, case: Case) -> None:
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    where = f"/inbox/c/{case.pk}/forward?m={first_of(case).pk}"
    assert where in page
    shown = desk.get(where).content.decode()
    assert "Forwarding to" in shown
    assert 'value="Fwd: Pro 2"' in shown
    assert shown.count(" checked>") >= 3, "the message and both files"
    assert "Secret note" not in shown[shown.index('id="composer"') :]


def test_what_arrives_meanwhile_can_be_handed_on_too(
    desk: Client, case: Case, support: Channel
) -> None:
    before = Case.objects.select_related("conversation").get().conversation.revision
    said = receive(support, "dana@post.example", "And it smells.")
    found = desk.get(f"/inbox/c/{case.pk}/changes?after={before}").json()["envelopes"]
    assert f"/inbox/c/{case.pk}/forward?m={said.pk}" in "".join(one["html"] for one in found)


def test_a_file_can_stay(desk: Client, case: Case, provider: Provider) -> None:
    bill = first_of(case).attachments.get(name="bill.txt")
    forward(desk, case, file=[bill.pk], files=[SimpleUploadedFile("own.txt", b"own")])
    send_all()
    assert [file.name for file in provider.accepted[0].files] == ["bill.txt", "own.txt"]


def test_their_answer_is_theirs_and_starts_no_clock(
    desk: Client, case: Case, support: Channel
) -> None:
    answer(case, Agent.objects.get(), "We look into it.")
    sent = handed_on(desk, case)
    assert not waits(case)
    said = receive(support, SUPPLIER, "It is the fuse", references=[sent.message_id], name="Sam")
    assert said.case == case
    assert said.is_aside
    assert not said.is_unconfirmed
    assert not waits(case), "Dana does not wait for what the supplier said"
    assert said.identity is not None
    assert said.identity.customer != case.conversation.customer
    assert Customer.objects.get(pk=case.conversation.customer.pk).name == "Dana"
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    assert "From a third party. The customer does not see this." in page
    assert page.count("It is the fuse") >= 1


@pytest.mark.parametrize("how", ["references", "tokens"])
def test_it_brings_back_what_was_put_away(
    desk: Client, case: Case, support: Channel, priya: Agent, how: str
) -> None:
    sent = handed_on(desk, case)
    status.resolve(case_id=case.pk, agent=priya)
    named = {"references": [sent.message_id], "tokens": [case.reply_token]}
    receive(support, SUPPLIER, "It is the fuse", **{how: named[how]})
    case.refresh_from_db()
    assert case.status == "open"
    assert case.waiting_since is None
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    assert f"{SUPPLIER} answered: reopened" in page


def test_a_colleague_of_theirs_is_a_stranger_and_aside(
    desk: Client, case: Case, support: Channel
) -> None:
    sent = handed_on(desk, case)
    said = receive(support, "boss@parts.example", "I answer", references=[sent.message_id])
    assert said.case == case
    assert said.is_aside
    assert said.is_unconfirmed
    participant = case.participants.get()
    desk.post(f"/inbox/c/{case.pk}/participants/{participant.pk}/accept")
    assert not Message.objects.filter(is_unconfirmed=True).exists()
    case.refresh_from_db()
    assert case.waiting_since == first_of(case).sorted_at


def test_the_customer_gets_none_of_it(
    desk: Client, case: Case, support: Channel, priya: Agent, provider: Provider
) -> None:
    sent = handed_on(desk, case)
    said = receive(
        support, SUPPLIER, f"Ask {CANARY}", references=[sent.message_id],
        subject=f"Re: {CANARY}", id=f"{CANARY}@parts.example",
    )  # fmt: skip
    provider.reset()
    options = reply.options(case=case)
    assert options.to == ("dana@post.example",)
    assert options.cc == ()
    answer(case, priya, "A new one is on its way.", subject=options.subject)
    send_all()
    (mail,) = provider.accepted
    assert CANARY not in repr(mail)
    assert sent.message_id not in mail.references
    assert said.message_id not in mail.references
    assert not set(case.messages.public()) & {sent, said}
    assert mail.subject == "Re: Pro 2"
    case.refresh_from_db()
    assert case.waiting_since is None


def test_an_answer_to_them_goes_to_them_alone(
    desk: Client, case: Case, support: Channel, provider: Provider
) -> None:
    sent = handed_on(desk, case)
    said = receive(
        support, SUPPLIER, "Which one?", references=[sent.message_id], subject="Re: Fwd: Pro 2"
    )
    page = desk.get(f"/inbox/c/{case.pk}/forward?to={said.pk}").content.decode()
    assert "Writing to a third party" in page
    assert f'name="to" value="{SUPPLIER}"' in page
    assert 'name="subject" value="Re: Fwd: Pro 2"' in page
    provider.reset()
    case.refresh_from_db()
    waiting = case.waiting_since
    forward(desk, case, m=[], file=[], words="The big one", subject="Re: Fwd: Pro 2")
    send_all()
    (mail,) = provider.accepted
    assert [a.address.value for a in mail.addressees] == [SUPPLIER]
    assert mail.references == (said.message_id, sent.message_id)
    case.refresh_from_db()
    assert case.waiting_since == waiting


def test_a_reply_addressed_to_them_is_no_answer_to_the_customer(
    desk: Client, case: Case, priya: Agent
) -> None:
    handed_on(desk, case)
    assert answer(case, priya, "Thanks", to=[SUPPLIER]).is_aside
    assert waits(case)
    assert not answer(case, priya, "Both", to=["dana@post.example"], cc=[SUPPLIER]).is_aside
    assert not waits(case)


def test_two_third_parties_do_not_hear_of_each_other(
    desk: Client, case: Case, provider: Provider
) -> None:
    handed_on(desk, case)
    provider.reset()
    forward(desk, case, to="carrier@ship.example")
    send_all()
    assert not provider.accepted[0].references


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("dana@post.example", "own address: reply"),
        (OWN, "one of our own"),
        ("support+0123456789abcdef@kalma.example", "one of our own"),
        ("marco@staff.example", "a colleague"),
        ("sales@bad.example", "blocked"),
        ("nobody", "not an address"),
        ("", "who it goes to"),
    ],
)
def test_a_refusal_loses_nothing(
    desk: Client, case: Case, marco: Agent, to: str, says: str
) -> None:
    BlockedSender.objects.create(value="bad.example")
    page = forward(desk, case, to=to)
    assert page.status_code == 422
    shown = page.content.decode()
    assert says in shown
    assert CANARY in shown
    assert not Delivery.objects.exists()


def test_undo_gives_the_words_back_with_what_was_ticked(
    desk: Client, case: Case, priya: Agent, provider: Provider
) -> None:
    Agent.objects.update(undo_seconds=10)
    first = first_of(case)
    bill = first.attachments.get(name="bill.txt")
    assert "goes out" in forward(desk, case, file=[bill.pk]).content.decode()
    held = Message.objects.get(is_aside=True)
    page = desk.post(f"/inbox/c/{case.pk}/messages/{held.pk}/cancel", follow=True)
    shown = page.content.decode()
    assert "Forwarding to" in shown
    assert CANARY in shown
    assert SUPPLIER in shown
    assert f'name="m" value="{first.pk}" checked' in shown
    assert f'name="file" value="{bill.pk}" checked' in shown
    assert shown.count('name="file"') == shown.count(" checked>", shown.index("po-f")) + 1
    send_all()
    assert provider.accepted == []
    assert "Go on with your message" in desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()


def test_a_draft_of_it_is_kept_beside_the_reply_s(desk: Client, case: Case) -> None:
    url = f"/inbox/c/{case.pk}/drafts"
    desk.post(url, {"kind": "message", "text": "Dear Dana"})
    first = first_of(case)
    desk.post(url, {"kind": "aside", "words": "", "to": SUPPLIER, "m": [first.pk]})
    assert set(Draft.objects.values_list("kind", flat=True)) == {"message", "aside"}
    shown = desk.get(f"/inbox/c/{case.pk}/forward").content.decode()
    assert SUPPLIER in shown
    assert "Dear Dana" not in shown[shown.index('id="composer"') :]
    forward(desk, case)
    assert Draft.objects.get().text == "Dear Dana"


@pytest.mark.parametrize("what", ["note", "redacted", "other case", "held"])
def test_what_is_no_message_of_the_case_is_not_handed_on(
    desk: Client, case: Case, priya: Agent, support: Channel, what: str
) -> None:
    if what == "note":
        wrong = case.messages.get(kind="note")
    elif what == "redacted":
        wrong = redaction.redact(message_id=first_of(case).pk, agent=priya)
    elif what == "held":
        Agent.objects.update(undo_seconds=10)
        priya.refresh_from_db()
        wrong = answer(case, priya, "Not yet")
    else:
        wrong = receive(support, "eve@out.example", "Other")
    page = forward(desk, case, m=[wrong.pk])
    assert page.status_code == 422
    assert "cannot be handed on" in page.content.decode()
    assert not Message.objects.filter(is_aside=True).exists()


@pytest.mark.parametrize("undo_seconds", [0, 10])
def test_redacting_takes_it_out_of_the_forward(
    desk: Client, case: Case, priya: Agent, provider: Provider, undo_seconds: int
) -> None:
    Agent.objects.update(undo_seconds=undo_seconds)
    forward(desk, case)
    if not undo_seconds:
        send_all()
    redaction.redact(message_id=first_of(case).pk, agent=priya)
    copy = Message.objects.get(is_aside=True)
    assert "motor" not in copy.folded
    assert not copy.attachments.exists()
    assert CANARY in copy.text
    send_all()
    assert len(provider.accepted) == (0 if undo_seconds else 1)
    assert Draft.objects.filter(kind="aside").exists() == bool(undo_seconds)


def test_restricted_teams_and_others_hold(
    client: Client, case: Case, legal: Team, marco: Agent, priya: Agent
) -> None:
    channel = make_channel(legal, name="counsel")
    hidden = receive(channel, "eve@out.example", "Sealed").case
    client.force_login(marco)
    assert client.get(f"/inbox/c/{hidden.pk}/forward").status_code == 404
    assert forward(client, hidden).status_code == 404
    assert not Message.objects.filter(is_aside=True).exists()


def test_what_did_not_reach_them_is_seen_and_stops_nothing(
    desk: Client, case: Case, provider: Provider
) -> None:
    from conversations.adapters.base import PermanentFailure

    def fail(_: object) -> Any:
        raise PermanentFailure("no_such_mailbox")

    provider.moods.append(fail)
    handed_on(desk, case)
    case.refresh_from_db()
    assert case.waiting_since == first_of(case).sorted_at
    assert "Not delivered" in desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()


def test_the_list_says_whose_words_it_shows(
    desk: Client, case: Case, support: Channel, provider: Provider
) -> None:
    def row() -> str:
        page = desk.get("/inbox/q/mine/").content.decode()
        return page.split('<span class="pv"')[1].split("</span></span>")[0]

    sent = handed_on(desk, case)
    assert "You:" in row()
    receive(support, SUPPLIER, "It is the fuse", references=[sent.message_id], name="Sam")
    assert '<span class="you">Sam (third party):</span> It is the fuse' in row()
    receive(support, "dana@post.example", "Any news?")
    assert "Any news?" in row()
    assert "Sam" not in row()
    message = Message.objects.get(text="Any news?")
    redaction.redact(message_id=message.pk, agent=Agent.objects.get(username="priya"))
    assert "Sam (third party):" not in row()
