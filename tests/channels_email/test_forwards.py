"""What agents pass on from their own mail programs is offered as from whom it came."""

import pytest
from django.test import Client

from channels_email.models import EmailAccount
from conversations.models import Agent, Case, Channel, Identity, Message, Team
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.people import answer, make_agent

PRIYA = "Priya Nair <priya@staff.example>"
GMAIL = """Please take this one.

---------- Forwarded message ---------
From: Ana Ruiz <ana@client.example>
Date: Fri, 20 Nov 2026 at 09:12
Subject: My chair
To: <priya@staff.example>


It came without legs.
"""
APPLE = """Please take this one.

Begin forwarded message:

> From: Ana Ruiz <ana@client.example>
> Subject: My chair
> Date: 20 November 2026 at 09:12:00 CET
> To: priya@staff.example
>
> It came without legs.
"""
THUNDERBIRD = """Please take this one.

-------- Weitergeleitete Nachricht --------
Betreff: \tMy chair
Datum: \tFri, 20 Nov 2026 09:12:00 +0100
Von: \tAna Ruiz <ana@client.example>
An: \tpriya@staff.example

It came without legs.
"""


def outlook(*names: str) -> str:
    sender, sent, to, subject = names
    return (
        "Please take this one.\n\n________________________________\n"
        f"{sender}: Ana Ruiz <ana@client.example>\n{sent}: viernes, 20 de noviembre de 2026 9:12\n"
        f"{to}: Priya Nair <priya@staff.example>\n{subject}: My chair\n\nIt came without legs.\n"
    )


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (GMAIL, "Fwd: My chair"),
        (APPLE, "Fwd: My chair"),
        (THUNDERBIRD, "Fwd: My chair"),
        (outlook("From", "Sent", "To", "Subject"), "FW: My chair"),
        (outlook("De", "Enviado el", "Para", "Asunto"), "RV: My chair"),
        (outlook("Von", "Gesendet", "An", "Betreff"), "WG: My chair"),
        (outlook("De", "Envoyé", "À", "Objet"), "TR: My chair"),
        (outlook("De", "Enviada em", "Para", "Assunto"), "ENC: My chair"),
        (outlook("Da", "Inviato", "A", "Oggetto"), "I: My chair"),
        (GMAIL.replace("Forwarded message", "Mensaje reenviado").replace("From", "De"), "x"),
        (outlook("*From", "*Sent", "*To", "*Subject").replace(":", ":*"), "FW: My chair"),
        (GMAIL.replace("<ana@client.example>", "[mailto:ana@client.example]"), "Fwd: My chair"),
    ],
)
def test_an_agents_forward_is_offered_as_from_its_sender(
    support: Channel, priya: Agent, text: str, subject: str
) -> None:
    said = deliver(support, sender=PRIYA, subject=subject, text=text).params["forwarded"]
    assert (said["address"], said["name"]) == ("ana@client.example", "Ana Ruiz")
    assert (said["text"], said["note"]) == ("It came without legs.", "Please take this one.")
    assert said["subject"] == "My chair"


def attached() -> bytes:
    inner = mail("It came without legs.").decode()
    return (
        f"From: {PRIYA}\r\nTo: support@kalma.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <f1@staff.example>\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nPlease take this one.\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    ).encode()


def test_a_mail_in_the_mail_is_offered_too(support: Channel, priya: Agent) -> None:
    said = deliver(support, attached()).params["forwarded"]
    assert (said["address"], said["text"]) == ("ana@client.example", "It came without legs.")
    assert (said["note"], said["subject"]) == ("Please take this one.", "My chair")


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Sam <sam@else.example>", "Fwd: My chair", GMAIL),
        (PRIYA, "Fwd: My chair", GMAIL.replace("ana@client", "priya@staff")),
        (PRIYA, "Fwd: My chair", GMAIL.replace("ana@client", "support@kalma")),
        (PRIYA, "Fwd: My chair", GMAIL.replace("<ana@client.example>", "")),
        (PRIYA, "Re: My chair", outlook("From", "Sent", "To", "Subject")),
        (PRIYA, "Fwd: My chair", "De: todo un poco\nPara: ti"),
        (PRIYA, "Re: x", "Yes.\n\n> ---------- Forwarded message ---------\n> From: a@b.example"),
    ],
)
def test_nothing_else_is(
    support: Channel, priya: Agent, sender: str, subject: str, text: str
) -> None:
    assert "forwarded" not in deliver(support, sender=sender, subject=subject, text=text).params


def test_not_from_somebody_who_failed_the_check(
    support: Channel, account: EmailAccount, priya: Agent
) -> None:
    account.authserv_id = "mx.kalma.example"
    account.save()
    failed = "mx.kalma.example; dmarc=fail header.from=staff.example"
    found = deliver(support, sender=PRIYA, text=GMAIL, authentication_results=failed)
    assert "forwarded" not in found.params


def test_one_click_makes_it_hers_and_another_takes_that_back(
    support: Channel, priya: Agent, client: Client
) -> None:
    known = deliver(support, sender="Ana Ruiz <ana@client.example>", subject="Old").case
    passed = deliver(support, sender=PRIYA, subject="Fwd: My chair", text=GMAIL)
    client.force_login(priya)
    page = f"/inbox/c/{passed.case_id}/"
    seen = client.get(page, follow=True).content.decode()
    assert "Make this from Ana Ruiz" in seen

    client.post(f"{page}m/{passed.pk}/give")
    given = Message.objects.select_related("case", "identity").get(pk=passed.pk)
    assert given.case_id == passed.case_id
    assert given.conversation == given.case.conversation == known.conversation
    assert (given.author_name, given.text) == ("Ana Ruiz", "It came without legs.")
    assert given.grade == "none"
    assert given.case.waiting_since == passed.case.waiting_since
    note = Message.objects.get(kind="note")
    assert (note.text, note.agent) == ("Please take this one.", priya)
    seen = client.get(page, follow=True).content.decode()
    assert "Passed on by one of us" in seen
    assert "Make this from" not in seen

    client.post(f"{page}m/{passed.pk}/take-back")
    back = Message.objects.select_related("case").get(pk=passed.pk)
    assert back.conversation == back.case.conversation == passed.conversation
    assert (back.identity, back.text) == (passed.identity, passed.text)
    note.refresh_from_db()
    assert note.cancelled_at
    assert "Make this from Ana Ruiz" in client.get(page, follow=True).content.decode()


def test_somebody_new_is_met_unchecked_and_answered(
    support: Channel, connected: EmailAccount, priya: Agent, client: Client
) -> None:
    passed = deliver(support, sender=PRIYA, text=GMAIL)
    client.force_login(priya)
    url = f"/inbox/c/{passed.case_id}/m/{passed.pk}"
    client.post(f"{url}/give")
    ana = Identity.objects.get(value="ana@client.example")
    assert ana.verified_at is None
    sent = answer(Case.objects.get(pk=passed.case_id), priya)
    assert sent.addressees[0]["address"] == "ana@client.example"
    assert client.post(f"{url}/take-back").status_code == 422
    assert client.post(f"{url}/give").status_code == 422


def test_who_may_not_act_on_the_case_gives_nothing(
    support: Channel, priya: Agent, client: Client
) -> None:
    legal = Team.objects.create(name="Legal", is_restricted=True)
    outsider = make_agent("Olga Outer")
    passed = deliver(support, sender=PRIYA, text=GMAIL)
    Case.objects.filter(pk=passed.case_id).update(team=legal)
    client.force_login(outsider)
    assert client.post(f"/inbox/c/{passed.case_id}/m/{passed.pk}/give").status_code == 404
    assert not Identity.objects.filter(value="ana@client.example").exists()
