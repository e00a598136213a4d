"""A forward as a real mail, and the real mail that comes back."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.test import Client

from channels_email.models import EmailAccount
from conversations import outbox
from conversations.models import Agent, Case, Delivery, Message
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.channels_email.servers import CapturingServer
from tests.people import answer

pytestmark = pytest.mark.django_db

SUPPLIER = "supplier@parts.example"
CANARY = "canary"


def sent_by(server: CapturingServer) -> list[EmailMessage]:
    for delivery in Delivery.objects.filter(state__in=["queued", "held"]).order_by("id"):
        assert outbox.deliver(delivery.pk) == "sent"
    found = [message_from_bytes(e.content, policy=policy.default) for e in server.envelopes]  # type: ignore[arg-type]  # bytes
    server.envelopes.clear()
    return found


@pytest.mark.parametrize("keeps", ["plus", "references"])
def test_there_and_back(
    client: Client,
    connected: EmailAccount,
    smtp_server: CapturingServer,
    priya: Agent,
    keeps: str,
) -> None:
    client.force_login(priya)
    ana = deliver(connected.channel, mail("It came without legs."))
    said = {"to": SUPPLIER, "words": f"Legs, please. {CANARY}", "m": ana.pk, "kind": "aside"}
    client.post(f"/inbox/c/{ana.case_id}/forward", said)
    (out,) = sent_by(smtp_server)
    assert out["To"] == SUPPLIER
    assert out["Subject"] == "Fwd: My chair"
    assert out["References"] is None
    body = out.get_body(["plain"])
    assert body
    text = body.get_content()
    assert "From: Ana Ruiz <ana@client.example>" in text
    assert "It came without legs." in text
    assert "\n-- \n" not in text.split("Forwarded message")[0]

    back = mail(
        f"On their way. {CANARY}",
        sender=f"Sam <{SUPPLIER}>",
        to=str(out["Reply-To"]) if keeps == "plus" else "support@kalma.example",
        subject="Re: Fwd: My chair",
        **({} if keeps == "plus" else {"in_reply_to": str(out["Message-ID"])}),
    )
    came = deliver(connected.channel, back)
    assert came.case_id == ana.case_id
    assert came.is_aside
    assert not came.is_unconfirmed
    case = Case.objects.get(pk=ana.case_id)
    assert case.waiting_since == ana.sorted_at

    answer(case, priya, "New legs are on their way.")
    (out,) = sent_by(smtp_server)
    assert out["To"] == "ana@client.example"
    assert out["Subject"] == "Re: My chair"
    assert out["References"] == ana.message_id
    assert CANARY not in out.as_string()
    assert "parts.example" not in out.as_string()
    assert Message.objects.filter(case=case, is_aside=True).count() == 2
