"""The demo company, told to the end."""

import json
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels_email.models import EmailAccount
from clocks.business import due
from clocks.hours import EveryTeam
from clocks.models import TeamCalendar
from conversations.models import (
    Agent,
    Attachment,
    Case,
    Change,
    Channel,
    Customer,
    Delivery,
    DeliveryState,
    Draft,
    Identity,
    Kind,
    Message,
    Receipt,
    ReceiptState,
    Recipient,
    Status,
    TargetEdition,
    Team,
)
from demo.models import Mail
from demo.opened import open_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kalma")]
ADDRESS = re.compile(rb"[\w.+-]+@([\w.-]+\w)")


def case_of(name: str) -> Case:
    return Case.objects.filter(conversation__customer__name=name).latest("opened_at")


def numbers() -> dict[str, int]:
    models: list[Any] = [Agent, Case, Change, Delivery, Identity, Mail, Message, Receipt, Team]
    return {model.__name__: model.objects.count() for model in models}


def logins() -> list[dict[str, Any]]:
    return list(json.loads(logins_path().read_text()))


def logins_path() -> Path:
    from django.conf import settings

    return Path(settings.OMNIHUB_DATA) / "demo_logins.json"


@pytest.mark.slow
def test_a_second_run_does_nothing() -> None:
    before, passwords = numbers(), logins()
    call_command("seed_demo", verbosity=0)
    assert numbers() == before
    assert logins() == passwords


def test_the_demo_is_made_only_where_it_is_wanted(settings: Settings) -> None:
    settings.OMNIHUB_DEMO = False
    with pytest.raises(CommandError, match="no demo"):
        call_command("seed_demo", verbosity=0)


def test_the_logins_work_and_are_for_their_owner_alone(client: Client) -> None:
    assert stat.S_IMODE(logins_path().stat().st_mode) == 0o600
    assert [login["role"] for login in logins()] == ["agent", "agent", "supervisor", "admin"]
    for login in logins():
        assert set(login) == {"name", "email", "username", "password", "role"}
        assert str(Agent.objects.get(email=login["email"])) == login["name"]
    assert client.login(username="lena", password=logins()[-1]["password"])
    assert Agent.objects.get(username="lena").is_superuser


def test_every_address_ends_in_example() -> None:
    addresses = {
        *Agent.objects.values_list("email", flat=True),
        *EmailAccount.objects.values_list("address", flat=True),
        *Identity.objects.exclude(kind="phone").values_list("value", flat=True),
        *Recipient.objects.values_list("address", flat=True),
    }
    assert [a for a in addresses if not a.endswith(".example")] == []
    phones = Identity.objects.filter(kind="phone").values_list("value", flat=True)
    # 555-0100 to 555-0199 are kept for fiction
    assert [number for number in phones if not re.fullmatch(r"\+1\d{3}55501\d\d", number)] == []


def test_no_mail_names_a_real_domain() -> None:
    """Message-IDs of ours carry the hub's own host; the tests' is testserver."""
    raws = [bytes(mail.raw) for mail in Mail.objects.all()]
    raws += [receipt.blob.read() for receipt in Receipt.objects.select_related("blob")]
    domains = {domain.decode() for raw in raws for domain in ADDRESS.findall(raw)}
    assert {d for d in domains if not d.endswith(".example")} <= {"testserver"}


def test_everything_said_came_by_a_receipt_or_from_a_service() -> None:
    said = Message.objects.filter(kind=Kind.MESSAGE)
    assert not said.filter(identity__isnull=False, receipt=None).exists()
    assert not said.filter(receipt=None, client_id=None).exists()
    assert said.filter(agent__isnull=False).count() == Delivery.objects.count()
    for receipt in Receipt.objects.select_related("blob"):
        assert receipt.blob.size == len(receipt.blob.read())


def test_answers_went_through_the_outbox_to_the_simulator() -> None:
    sent = Delivery.objects.exclude(state=DeliveryState.FAILED)
    assert set(sent.values_list("state", flat=True)) == {DeliveryState.SENT}
    assert set(sent.values_list("key", flat=True)) == set(
        Mail.objects.values_list("message_id", flat=True)
    )
    for delivery in sent:
        assert delivery.attempts == 1
        assert delivery.sent_at is not None
        took = delivery.sent_at - delivery.messages.get().sorted_at
        assert timedelta(seconds=10) <= took < timedelta(seconds=30)


def test_one_delivery_failed_with_the_servers_words() -> None:
    failed = Delivery.objects.get(state=DeliveryState.FAILED)
    assert failed.messages.get().case == case_of("Owen Blake")
    assert failed.reason_words.startswith("550 5.1.1 <owen.blake@closed.example>")


def test_priyas_queue_is_the_one_of_the_pictures() -> None:
    waiting = Case.objects.filter(
        assignee__username="priya", status=Status.OPEN, waiting_since__isnull=False
    ).order_by("waiting_since")
    assert [case.topic for case in waiting] == [
        "Charged twice for the travel case",
        "Pro 2 shuts off after 5 seconds",
        "Quote for 40 units, physio clinic",
        "Heat pad smells burnt",
        "Pedido K-48377 sin movimiento",
        "Question before buying",
    ]
    expected = [72, 38, 24, 9, 2, 0.7]
    begun = [
        case.waiting_since + timedelta(minutes=minutes)
        for case, minutes in zip(waiting, expected, strict=True)
        if case.waiting_since
    ]
    # all of the same moment, however long the demo took to come in
    assert max(begun) - min(begun) < timedelta(seconds=30)
    assert max(begun) <= timezone.now()


def test_the_counts_look_alive() -> None:
    waiting = Case.objects.filter(waiting_since__isnull=False)
    assert waiting.filter(assignee=None).count() == 12
    assert waiting.filter(reply_due_at__lt=timezone.now()).count() == 4
    teams = set(waiting.values_list("team__name", flat=True))
    assert teams == {"Support", "Warranty", "Shipping", "Tech lab"}


def test_each_way_in_has_a_reply_target_of_its_own() -> None:
    targets = Channel.objects.values_list("kind", "reply_target")
    assert {kind: target // timedelta(minutes=1) for kind, target in targets} == {
        "chat": 2,
        "sms": 15,
        "email": 60,
        "video": 120,
    }


def test_the_lab_has_office_hours() -> None:
    lab = Team.objects.get(name="Tech lab")
    calendar = TeamCalendar.objects.get().calendar
    assert (calendar.time_zone, calendar.spans.count()) == ("Europe/Madrid", 10)
    assert calendar.holidays.filter(opens=None).exists()
    case = Case.objects.get(team=lab, waiting_since__isnull=False)
    assert case.waiting_since
    target = case.messages.in_order().last().channel.reply_target  # type: ignore[union-attr]  # a mail
    assert case.reply_due_at == due(case.waiting_since, target, EveryTeam().of(lab.pk))
    assert not Case.objects.filter(
        waiting_since__isnull=False, target_edition__lt=TargetEdition.objects.current()
    ).exists()


def test_danas_case_tells_the_story() -> None:
    case = case_of("Dana Whitfield")
    said = case.messages.exclude(kind=Kind.ACTIVITY).in_order()
    assert [m.author_name.split()[0] for m in said] == [
        "Dana", "Priya", "Dana", "Priya", "Dana", "Dana", "Marco", "Priya", "Dana",
    ]  # fmt: skip
    film = case.messages.get(channel__kind="video")
    assert film.attachments.get().type == "video/mp4"
    assert case.journey == ["email", "video", "email"]
    note = case.messages.get(kind=Kind.NOTE)
    assert "E-17 gearbox fault" in note.text
    last = list(said)[-1]
    assert last.text.startswith("Thank you, that was fast!")
    assert "> Hi Dana, thanks for the picture" in last.folded
    assert case.team.name == "Warranty"
    assert case.assignee == Agent.objects.get(username="priya")
    earlier = Case.objects.filter(conversation=case.conversation, status=Status.RESOLVED)
    assert {c.topic for c in earlier} == {"Wrong plug in the box", "Gift wrap for order K-31007"}


def test_time_went_by_in_order() -> None:
    """What was told later is younger, and nothing but a target lies ahead."""
    for case in Case.objects.all():
        entries = list(case.messages.order_by("pk").filter(receipt__is_history=False))
        assert [e.sorted_at for e in entries] == sorted(e.sorted_at for e in entries)
    assert not Message.objects.filter(sorted_at__gt=timezone.now()).exists()
    for message in Message.objects.filter(channel__kind="email", receipt__isnull=False):
        assert message.sent_at is not None
        assert abs(message.sorted_at - message.sent_at) < timedelta(seconds=30)
    plug = Case.objects.get(topic="Wrong plug in the box")
    assert plug.resolved_at is not None
    assert abs(plug.resolved_at - plug.opened_at - timedelta(hours=5)) < timedelta(seconds=30)


def test_mail_is_as_odd_as_in_real_life() -> None:
    stranger = Message.objects.get(is_unconfirmed=True)
    assert stranger.case == case_of("Hugo Lindqvist")
    away = Message.objects.get(origin="auto_reply")
    assert away.case.waiting_since is None
    quarantined = Receipt.objects.get(state=ReceiptState.QUARANTINED)
    assert quarantined.reason_code == "empty"
    assert not Receipt.objects.filter(state=ReceiptState.STORED).exists()
    assert Attachment.objects.filter(is_inline=True, type="image/png").exists()
    assert Attachment.objects.filter(type="application/pdf").exists()
    assert Draft.objects.get().text == "Hi Leon, for 40 units we can do "
    assert Customer.objects.get(name="Tomás Ibarra").language == "es"


def test_no_note_is_in_a_mail_that_went_out() -> None:
    notes = list(Message.objects.filter(kind=Kind.NOTE).values_list("text", flat=True))
    assert notes
    for mail in Mail.objects.all():
        opened = open_mail(mail)
        assert not any(note in opened.text or note in opened.html for note in notes)
