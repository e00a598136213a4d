"""Out to the customer and back again, by hand."""

import uuid
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.models import (
    Agent,
    Case,
    DeliveryState,
    Identity,
    Message,
    Participant,
    ParticipantState,
    Receipt,
)
from conversations.services import notes
from demo.clock import time_passes
from demo.models import Mail
from demo.opened import open_mail
from demo.telling import send_due
from tests.demo.people import SAM, answer, newest

pytestmark = pytest.mark.django_db


def send(desk: Client, button: str, mail: Mail, /, **said: object) -> Receipt:
    """Press a button of the opened mail; the receipt that it made."""
    known = set(Receipt.objects.values_list("pk", flat=True))
    response = desk.post(reverse(f"demo:{button}", args=[mail.pk]), said)
    assert response.status_code == HTTPStatus.FOUND, response.content.decode()
    receipt = Receipt.objects.exclude(pk__in=known).get()
    assert f"receipt={receipt.pk}" in response["Location"]
    assert "Open in the inbox" in desk.get(response["Location"]).content.decode()
    return receipt


def write(desk: Client, case: Case, text: str) -> Message:
    """Press *Send* in the inbox."""
    said = {"kind": "message", "text": text, "to": SAM.address, "client_id": str(uuid.uuid4())}
    response = desk.post(reverse("inbox:messages", args=[case.pk]), said)
    assert response.status_code == HTTPStatus.FOUND, response.content.decode()
    return newest(case)


def test_the_whole_loop_by_hand(desk: Client, first: Message, priya: Agent) -> None:
    """Answer, take it back, answer again; read it as Sam, answer as Sam; one case."""
    Agent.objects.update(undo_seconds=10)
    case = first.case
    hasty = write(desk, case, "Have you tried oil?")
    assert hasty.deliveries.get().state == DeliveryState.HELD
    undone = desk.post(reverse("inbox:cancel", args=[case.pk, hasty.pk]))
    assert undone.status_code == HTTPStatus.FOUND
    time_passes(timedelta(seconds=11))
    send_due()
    assert not Mail.objects.exists()
    write(desk, case, "Oil helps, two drops.")
    time_passes(timedelta(seconds=11))
    send_due()
    mail = Mail.objects.get()
    page = desk.get(reverse("demo:mail"), {"of": SAM.address}).content.decode()
    assert reverse("demo:mail-open", args=[mail.pk]) in page
    send(desk, "mail-answer", mail, text="It does, thank you!")
    thread = desk.get(reverse("inbox:bare-case", args=[case.pk]), follow=True).content.decode()
    assert "It does, thank you!" in thread
    assert Case.objects.count() == 1
    assert dict(open_mail(mail).fields)["In-Reply-To"] == first.message_id


def test_an_answer_lands_in_the_same_case(desk: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    receipt = send(desk, "mail-answer", mail, text="It still squeaks.")
    landed = newest(first.case)
    assert receipt.case == landed.case == first.case
    assert (landed.text, landed.author_name) == ("It still squeaks.", "Sam Field")
    assert "> Oil helps." in landed.folded
    assert landed.references[:2] == [mail.message_id, first.message_id]
    assert landed.grade == "pass"
    case = Case.objects.get(pk=first.case_id)
    assert case.waiting_since == landed.sorted_at


def test_our_answer_threads_in_the_customers_mail_program(first: Message, priya: Agent) -> None:
    opened = open_mail(answer(first.case, priya))
    fields = dict(opened.fields)
    assert fields["In-Reply-To"] == first.message_id
    assert fields["References"].split() == [first.message_id]
    assert fields["Reply-To"].endswith(f"support+{first.case.reply_token}@kalma.example>")
    assert opened.mail.subject == "Re: Squeaky hinge"
    assert opened.mail.envelope_to == [SAM.address]
    assert "Oil helps." in opened.text
    assert "Oil helps." in opened.html


def test_the_second_round_names_the_whole_chain(desk: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    send(desk, "mail-answer", mail, text="It still squeaks.", with_html="on")
    second = answer(first.case, priya, "Then we replace it.")
    ids = dict(open_mail(second).fields)["References"].split()
    assert ids[:2] == [first.message_id, mail.message_id]
    assert len(ids) == 3


def test_a_note_never_appears(desk: Client, first: Message, priya: Agent) -> None:
    secret = "Between us: the hinge is a known fault"
    notes.add(case_id=first.case_id, agent=priya, text=secret, client_id=uuid.uuid4())
    mail = answer(first.case, priya)
    pages = [
        reverse("demo:mail"),
        reverse("demo:mail-open", args=[mail.pk]),
        reverse("demo:mail-markup", args=[mail.pk]),
    ]
    for page in pages:
        assert "known fault" not in desk.get(page).content.decode()
    assert not any(b"known fault" in bytes(mail.raw) for mail in Mail.objects.all())


def test_a_stranger_stays_unconfirmed(desk: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    send(desk, "mail-stranger", mail, name="Kim", address="kim@else.example", text="Same here.")
    landed = newest(first.case)
    assert landed.is_unconfirmed
    assert Participant.objects.get(case=first.case).state == ParticipantState.UNCONFIRMED
    assert Identity.objects.get(value="kim@else.example").name == "Kim"
    assert Case.objects.get(pk=first.case_id).waiting_since is None


def test_an_absence_notice_starts_no_clock(desk: Client, first: Message, priya: Agent) -> None:
    send(desk, "mail-vacation", answer(first.case, priya))
    assert newest(first.case).origin == "auto_reply"
    assert Case.objects.get(pk=first.case_id).waiting_since is None


def test_a_delivery_report_marks_the_delivery(desk: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    before = Message.objects.filter(kind="message").count()
    send(desk, "mail-bounce", mail)
    delivery = newest(first.case).deliveries.get()
    assert delivery.state == DeliveryState.FAILED
    assert delivery.reason_words.startswith("550 5.1.1")
    assert Message.objects.filter(kind="message").count() == before


def test_one_of_several_recipients_answers(desk: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    Mail.objects.filter(pk=mail.pk).update(envelope_to=[SAM.address, "kim@else.example"])
    send(desk, "mail-answer", mail, text="Me.", recipient="kim@else.example")
    assert newest(first.case).author_name == ""
    url = reverse("demo:mail-answer", args=[mail.pk])
    nobody = desk.post(url, {"text": "Me.", "recipient": "lee@else.example"})
    assert nobody.status_code == HTTPStatus.NOT_FOUND


def test_a_new_mail_from_anybody(desk: Client) -> None:
    said = {
        "name": "Ada",
        "address": "ada@new.example",
        "to": "support@kalma.example",
        "cc": "Bo <bo@new.example>, cy@new.example",
        "subject": "Two questions",
        "text": "One and two.",
        "with_html": "on",
        "verdict": "",
        "file": SimpleUploadedFile("list.txt", b"a\nb\n", content_type="text/plain"),
    }
    response = desk.post(reverse("demo:mail-new"), said)
    assert response.status_code == HTTPStatus.FOUND
    landed = Message.objects.get(kind="message")
    assert (landed.author_name, landed.subject, landed.text) == (
        "Ada",
        "Two questions",
        "One and two.",
    )
    assert landed.grade == "none"
    assert [a["address"] for a in landed.addressees if a["role"] == "cc"] == [
        "bo@new.example",
        "cy@new.example",
    ]
    assert landed.attachments.get().name == "list.txt"


@pytest.mark.parametrize("field", ["address", "cc"])
def test_nobody_real_can_be_played(desk: Client, field: str) -> None:
    said = {"address": "ada@new.example", "to": "support@kalma.example", "text": "Hello"}
    response = desk.post(reverse("demo:mail-new"), {**said, field: "ada@somewhere.org"})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "end in .example" in response.content.decode()
    assert not Receipt.objects.exists()


def test_a_closed_mailbox_refuses(first: Message, priya: Agent, desk: Client) -> None:
    said = {
        "address": "old@closed.example",
        "to": "support@kalma.example",
        "subject": "Hi",
        "text": "Hello",
        "verdict": "pass",
    }
    desk.post(reverse("demo:mail-new"), said)
    case = Case.objects.latest("pk")
    with pytest.raises(Mail.DoesNotExist):
        answer(case, priya)
    assert newest(case).deliveries.get().reason_words.startswith("550 5.1.1")
