"""Kill and break the reader of a mailbox at every named place: nothing is lost or doubled."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from channels_email.config import config_of
from channels_email.imap import Session
from channels_email.mailbox import Reader
from channels_email.models import EmailAccount, Mailbox
from conversations.faults import NAMES
from conversations.models import Message, Receipt
from conversations.services import intake
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.mails import mail
from tests.faults.children import DONE, in_child

pytestmark = [
    pytest.mark.dovecot,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
]

FAULTS = [
    f"{name}:2:{action}"
    for name in NAMES
    if name.startswith("imap.")
    for action in ("kill", "raise")
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reader_that_ends_anywhere_is_followed_by_one_that_goes_on(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str, tmp_path: Path, fault: str
) -> None:
    orders = tmp_path / "orders"
    orders.write_text(fault)

    def read() -> None:
        reader = Reader(config_of(imap_account), imap_account.channel, uuid.uuid4())
        if not reader.lease():
            raise TimeoutError
        with Session.open(reader.config.imap) as session:
            reader.begin(session)
            reader.read_live(session)

    assert in_child(read) == DONE  # meets the mailbox; what comes from here on is live
    mails = [mail(f"{fault} {number}") for number in range(4)]
    for raw in mails:
        dovecot.append(mailbox_user, raw)
    Mailbox.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert in_child(read, orders) != DONE
    Mailbox.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert in_child(read, orders) == DONE
    assert sorted(r.blob.read() for r in Receipt.objects.all()) == sorted(mails)
    for receipt in Receipt.objects.all():
        intake.process(receipt.pk)
    assert Message.objects.filter(kind="message").count() == len(mails)
