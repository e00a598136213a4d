"""Test connection, against real servers, and the form that its settings come from."""

from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.test import RequestFactory

from channels_email import mime, trial
from channels_email.adapter import EmailAdapter
from channels_email.admin import EmailAccountForm
from channels_email.models import EmailAccount
from channels_email.words import TEXTS
from conversations.adapters.messages import RawEvent
from conversations.models import Channel, Role
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.mails import mail
from tests.channels_email.servers import CapturingServer
from tests.people import make_agent


class Forwarding(CapturingServer):
    """Passes on to Dovecot what it takes; plus addresses only when told to."""

    dovecot: Dovecot
    user: str
    has_plus = True

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        if self.has_plus or "+" not in envelope.rcpt_tos[0]:
            self.dovecot.deliver(self.user, envelope.content)
        return answer


@pytest.fixture
def forwarding(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> Iterator[Forwarding]:
    with Forwarding() as server:
        server.dovecot, server.user = dovecot, mailbox_user
        imap_account.smtp_host, imap_account.smtp_port = "127.0.0.1", server.port
        imap_account.smtp_security = "none"
        imap_account.save()
        yield server


def steps(account: EmailAccount) -> list[tuple[str, bool, str]]:
    found = list(EmailAdapter().test_connection(account.channel_id))
    assert all(step.code in TEXTS for step in found)
    assert all(step.fix in TEXTS and f"{step.fix}.fix" in TEXTS for step in found if not step.ok)
    return [(step.code, step.ok, step.fix) for step in found]


@pytest.mark.dovecot
def test_goes_all_the_way_round(imap_account: EmailAccount, forwarding: Forwarding) -> None:
    codes = ["dns", "tls", "login", "folder", "smtp", "round_trip", "plus"]
    assert steps(imap_account) == [(code, True, "") for code in codes]
    bodies = [envelope.content for envelope in forwarding.envelopes]
    assert [e.rcpt_tos[0].partition("+")[1] for e in forwarding.envelopes] == ["", "+"]
    for body in bodies:
        assert isinstance(body, bytes)
        raw = RawEvent(body=body, received_at=message_date())
        assert mime.normalize(raw, domain="hub.example") == ()
        assert message_from_bytes(body)["Auto-Submitted"] == "auto-generated"


def message_date() -> Any:
    from django.utils import timezone

    return timezone.now()


@pytest.mark.dovecot
def test_says_that_plus_addresses_do_not_arrive(
    imap_account: EmailAccount, forwarding: Forwarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "PLUS_SECONDS", 0.5)
    forwarding.has_plus = False
    assert steps(imap_account)[-2:] == [
        ("round_trip", True, ""),
        ("plus", False, "plus_not_arrived"),
    ]


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("change", "step", "fix"),
    [
        ({"imap_host": "no-such-host.invalid"}, "dns", "host_unknown"),
        ({"imap_host": "10.1.2.3"}, "dns", "host_blocked"),
        ({"smtp_host": ""}, "dns", "not_connected"),
        ({"imap_port": 9}, "tls", "unreachable"),
        ({"imap_security": "tls"}, "tls", "tls_failed"),
        ({"imap_password": "wrong"}, "login", "login_refused"),
        ({"imap_folder": "Nope"}, "folder", "folder_missing"),
        ({"smtp_port": 9}, "smtp", "unreachable"),
        ({"smtp_security": "starttls"}, "smtp", "not_supported"),
    ],
)
def test_stops_at_the_step_that_fails(
    imap_account: EmailAccount, forwarding: Forwarding, change: dict[str, Any], step: str, fix: str
) -> None:
    for name, value in change.items():
        setattr(imap_account, name, value)
    imap_account.save()
    assert steps(imap_account)[-1] == (step, False, fix)


def test_nobody_else_can_make_a_mail_that_is_overlooked() -> None:
    raw = RawEvent(body=mail(x_omnihub_test="abc:forged"), received_at=message_date())
    assert len(mime.normalize(raw, domain="hub.example")) == 1


# -- the form --------------------------------------------------------------------------------------
FIELDS = {
    "address": "Support@Kalma.example",
    "display_name": "Kalma",
    "more_addresses": "",
    "signature": "",
    "imap_host": "imap.kalma.example",
    "imap_port": "993",
    "imap_security": "tls",
    "imap_user": "support",
    "imap_folder": "INBOX",
    "history": "now",
    "smtp_host": "smtp.kalma.example",
    "smtp_port": "587",
    "smtp_security": "starttls",
    "smtp_user": "support",
    "authserv_id": "",
}


def submit(account: EmailAccount, **changes: str) -> EmailAccountForm:
    return EmailAccountForm({**FIELDS, **changes}, instance=EmailAccount.objects.get(pk=account.pk))


def test_an_empty_secret_keeps_what_is_stored(account: EmailAccount) -> None:
    form = submit(account, imap_password="canary-1", smtp_password="canary-2")
    assert form.is_valid(), form.errors
    form.save()
    submit(account, display_name="New name").save()
    stored = EmailAccount.objects.get()
    assert (stored.imap_password, stored.smtp_password) == ("canary-1", "canary-2")
    submit(account, remove_smtp_password="on").save()
    stored = EmailAccount.objects.get()
    assert (stored.imap_password, stored.smtp_password) == ("canary-1", None)


def test_no_secret_is_ever_shown(account: EmailAccount) -> None:
    submit(account, imap_password="canary-1").save()
    stored = EmailAccount.objects.get()
    assert "canary" not in EmailAccountForm(instance=stored).as_p()
    assert "canary" not in submit(account, imap_password="canary-2", imap_port="x").as_p()


@pytest.mark.parametrize(
    "change",
    [
        {"address": "support"},
        {"imap_host": "https://imap.kalma.example/"},
        {"imap_host": "imap.kalma.example:993"},
        {"imap_port": "0"},
        {"smtp_port": "70000"},
        {"more_addresses": "sales@kalma.example, nonsense"},
        {"arc_sealers": "lists.example, not a domain"},
    ],
)
def test_refuses_settings_that_cannot_work(account: EmailAccount, change: dict[str, str]) -> None:
    assert not submit(account, **change).is_valid()


def test_keeps_trusted_forwarders_as_they_are_compared(account: EmailAccount) -> None:
    submit(account, arc_sealers="Lists.Example., groups.example").save()
    assert EmailAccount.objects.get().arc_sealers == ["lists.example", "groups.example"]


def test_offers_its_part_of_the_channels_page(account: EmailAccount) -> None:
    request = RequestFactory().get("/admin/")
    request.user = make_agent("Ada Admin", role=Role.ADMIN)
    inline, _provider = EmailAdapter().admin_inlines(request)
    formset = inline(Channel, site).get_formset(request, account.channel)
    assert "imap_password" in formset.form.base_fields
    assert "is_simulated" not in formset.form.base_fields
