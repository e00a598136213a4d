"""Providers' webhooks, as the providers post them: what proves them, and what becomes of them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from channels_email import hook_events, hook_verify, sns
from channels_email.hook_request import rebuild
from channels_email.hook_table import HOOKS, Secrets
from channels_email.models import EmailAccount, MailProvider
from conversations import outbox
from conversations.adapters.messages import InboundMessage, RawEvent
from conversations.models import Agent, Channel, Delivery, Identity, Message, Receipt
from conversations.services import intake
from tests.people import answer

LOGIN = "postbox:sesame"
SECRET = "signing-secret-1"
SVIX = "whsec_" + base64.b64encode(b"twenty-four bytes of it!").decode()
TOPIC = "arn:aws:sns:eu-west-1:111111111111:mail"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())

Post = tuple[bytes, dict[str, str]]
BASIC = {"Authorization": "Basic " + base64.b64encode(LOGIN.encode()).decode()}
FORM = "application/x-www-form-urlencoded"


def public(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(der).decode()


def certificate(_url: str = "") -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, RSA.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(RSA, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


# -- how each provider proves itself; `body` is what it says
def by_login(body: bytes, _url: str) -> Post:
    return body, {"content-type": "application/json", **BASIC}


def by_mailgun(body: bytes, _url: str) -> Post:
    at, token = str(int(time.time())), hashlib.sha256(body).hexdigest()
    made = hmac.new(SECRET.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    block = {"timestamp": at, "token": token, "signature": made}
    return json.dumps({**json.loads(body), "signature": block}).encode(), {
        "content-type": "application/json"
    }


def by_mandrill(body: bytes, url: str) -> Post:
    fields = {"mandrill_events": body.decode()}
    signed = url + "".join(k + v for k, v in sorted(fields.items()))
    made = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {"content-type": FORM, "X-Mandrill-Signature": base64.b64encode(made).decode()}
    return urlencode(fields).encode(), headers


def by_hmac(header: str) -> Callable[[bytes, str], Post]:
    def sign(body: bytes, _url: str) -> Post:
        made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return body, {"content-type": "application/json", header: made}

    return sign


def by_svix(body: bytes, _url: str) -> Post:
    at, an_id = str(int(time.time())), f"msg_{hashlib.sha256(body).hexdigest()[:20]}"
    key = base64.b64decode(SVIX.removeprefix("whsec_"))
    made = hmac.new(key, f"{an_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,aGVsbG8= v1,{base64.b64encode(made).decode()}"
    return body, {
        "content-type": "application/json",
        "svix-id": an_id,
        "svix-timestamp": at,
        "svix-signature": signature,
    }


def by_sendgrid(body: bytes, _url: str) -> Post:
    made = EC.sign(b"1600112502" + body, ec.ECDSA(hashes.SHA256()))
    return body, {
        "content-type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(made).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }


def by_postal(body: bytes, _url: str) -> Post:
    made = RSA.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 -- as Postal does
    signature = base64.b64encode(made).decode()
    return body, {"content-type": "application/json", "X-Postal-Signature": signature}


def by_unisender(body: bytes, _url: str) -> Post:
    said = json.dumps({**json.loads(body), "auth": SECRET})
    made = hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()
    return said.replace(SECRET, made).encode(), {"content-type": "application/json"}


def by_amazon(body: bytes, _url: str, **changes: str) -> Post:
    message = {
        "Type": "Notification",
        "MessageId": hashlib.sha256(body).hexdigest()[:36],
        "TopicArn": TOPIC,
        "Message": body.decode(),
        "Timestamp": "2026-11-22T00:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        **changes,
    }
    algorithm: Any = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303 -- as Amazon did
    made = RSA.sign(sns.to_sign(message), padding.PKCS1v15(), algorithm)
    message["Signature"] = base64.b64encode(made).decode()
    kind = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message["Type"]}
    return json.dumps(message).encode(), kind


RAW = (
    b"From: Dana <dana@client.example>\r\nTo: support@kalma.example\r\nSubject: My chair\r\n"
    b"Message-ID: <m1@client.example>\r\n\r\n"
    b"It wobbles.\r\n\r\nOn Monday you wrote:\r\n> Sit down.\r\n"
)
TEXT, DANA, US = RAW.decode(), "dana@client.example", "support@kalma.example"
POSTS: dict[str, Any] = {
    "amazon_ses": {
        "notificationType": "Received",
        "content": TEXT,
        "receipt": {"action": {"type": "SNS", "encoding": "UTF8"}, "recipients": [US]},
        "mail": {"source": DANA, "messageId": "a"},
    },
    "brevo": {
        "items": [
            {
                "Uuid": ["1"],
                "Headers": {
                    "From": f"Dana <{DANA}>",
                    "To": US,
                    "Subject": "My chair",
                    "Message-ID": "<m1@client.example>",
                },
                "RawTextBody": RAW.partition(b"\r\n\r\n")[2].decode(),
            }
        ]
    },
    "mailersend": {
        "type": "inbound.message",
        "data": {"id": "1", "raw": TEXT, "sender": {"email": DANA}, "recipients": {}},
    },
    "mandrill": [{"event": "inbound", "ts": 1, "msg": {"raw_msg": TEXT, "email": US}}],
    "postal": {"id": 1, "message": base64.b64encode(RAW).decode(), "base64": True},
    "postmark": {"RawEmail": TEXT, "FromFull": {"Email": "x@y.example"}, "Headers": []},
    "sparkpost": [
        {
            "msys": {
                "relay_message": {
                    "protocol": "smtp",
                    "content": {"email_rfc822": TEXT, "email_rfc822_is_base64": False},
                }
            }
        }
    ],
}

SIGNERS: dict[str, Callable[..., Post]] = {
    "amazon_ses": by_amazon,
    "brevo": by_login,
    "mailersend": by_hmac("Signature"),
    "mailgun": by_mailgun,
    "mailjet": by_login,
    "mailtrap": by_hmac("Mailtrap-Signature"),
    "mandrill": by_mandrill,
    "postal": by_postal,
    "postmark": by_login,
    "resend": by_svix,
    "sendgrid": by_sendgrid,
    "sparkpost": by_login,
    "unisender_go": by_unisender,
}
KEYS = {"resend": SVIX, "sendgrid": public(EC), "postal": public(RSA)}


def connect(channel: Channel, name: str) -> MailProvider:
    row = MailProvider(channel=channel, name=name)
    columns = {hook.key for hook in HOOKS[name].values() if hook.key}
    for column in columns:
        setattr(row, column, TOPIC if column == "topic_arn" else KEYS.get(name, SECRET))
    if not columns:
        row.webhook_logins = f"old:one\n{LOGIN}"
    row.save()
    return row


def path(channel: Channel, name: str, side: str = "tracking") -> str:
    return f"/hooks/email/{channel.key}/{name}/{side}"


def post(client: Client, where: str, made: Post) -> HttpResponse:
    body, headers = made
    given = {k: v for k, v in headers.items() if k != "content-type"}
    found: HttpResponse = client.post(  # type: ignore[assignment]
        where, body, content_type=headers["content-type"], headers=given
    )
    return found


def signed(channel: Channel, name: str, said: Any, side: str = "tracking") -> Post:
    url = f"https://hub.example{path(channel, name, side)}"
    return SIGNERS[name](json.dumps(said).encode(), url)


@pytest.fixture(autouse=True)
def _amazons_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sns, "certificate", certificate)


class TestProof:
    @pytest.mark.parametrize("name", sorted(SIGNERS))
    def test_takes_what_the_provider_signed(
        self, client: Client, support: Channel, name: str
    ) -> None:
        row = connect(support, name)
        made = signed(support, name, {"event": "none of ours"})
        assert post(client, path(support, name), made).status_code == 200
        receipt = Receipt.objects.get()
        assert receipt.blob.read() == made[0]
        assert not any(secret in str(receipt.envelope) for secret in (SECRET, LOGIN, "Basic"))
        row.refresh_from_db()
        assert (row.last_event, row.refused_at) == ("tracking", None)

    @pytest.mark.parametrize("name", sorted(SIGNERS))
    def test_refuses_without_a_secret(self, client: Client, support: Channel, name: str) -> None:
        MailProvider.objects.create(channel=support, name=name)
        made = signed(support, name, {"event": "none of ours"})
        assert post(client, path(support, name), made).status_code in {401, 403}
        assert not Receipt.objects.exists()

    @pytest.mark.parametrize("name", sorted(SIGNERS))
    def test_refuses_a_stranger(self, client: Client, support: Channel, name: str) -> None:
        row = connect(support, name)
        body, headers = signed(support, name, {"event": "none of ours"})
        kept = {"content-type": headers["content-type"]}
        assert post(client, path(support, name), (body, kept)).status_code in (
            {401, 403} if name not in {"mailgun", "unisender_go", "amazon_ses"} else {200}
        )
        wrong = {
            header: value if header == "content-type" else _altered(value)
            for header, value in headers.items()
        }
        Receipt.objects.all().delete()
        altered = body[:-20].replace(b"e", b"f") + body[-20:]
        assert post(client, path(support, name), (altered, wrong)).status_code in {400, 401, 403}
        assert not Receipt.objects.exists()
        row.refresh_from_db()
        assert row.refused_at is not None

    @pytest.mark.parametrize("name", sorted(set(SIGNERS) - {"brevo", "mailjet", "postmark"}))
    def test_no_altered_byte_is_taken(self, support: Channel, name: str) -> None:
        if name in {"sparkpost", "mailgun"}:
            return  # they sign nothing of the body
        row = connect(support, name)
        url = f"https://hub.example{path(support, name)}"
        body, headers = signed(support, name, {"event": "none"})
        from channels_email.hook_request import rebuild

        given = {k.lower(): v for k, v in headers.items()}
        taken = []
        for at in range(len(body)):
            other = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            request = rebuild(other, given, url=url)
            if hook_verify.is_genuine(
                name, "tracking", request, row.secrets(), url=url, now=time.time()
            ):
                taken.append((at, other))
        if name == "amazon_ses":  # the certificate's address and the JSON's blanks are not signed
            meant = sns.to_sign(sns.parse(body))
            taken = [pair for pair in taken if sns.to_sign(sns.parse(pair[1])) != meant]
        assert not taken

    def test_another_channels_secret_is_no_secret_here(
        self, client: Client, support: Channel
    ) -> None:
        connect(support, "postmark")
        other = Channel.objects.create(kind="email", name="billing", team=support.team)
        MailProvider.objects.create(channel=other, name="postmark", webhook_logins="other:word")
        made = signed(other, "postmark", {"RecordType": "Delivery"})
        assert post(client, path(other, "postmark"), made).status_code == 403
        assert post(client, path(other, "mailgun"), made).status_code == 404
        wrong = path(other, "postmark").replace(other.key, "x" * 32)
        assert post(client, wrong, made).status_code == 404

    def test_svix_is_fresh_for_five_minutes(self) -> None:
        body, headers = by_svix(b"{}", "")
        names = ("svix-id", "svix-timestamp", "svix-signature")
        at = float(headers["svix-timestamp"])
        for age, expected in ((0, True), (299, True), (-299, True), (301, False), (-301, False)):
            assert hook_verify.svix(body, headers, SVIX, now=at + age, names=names) is expected

    def test_an_unreadable_secret_proves_nothing(self) -> None:
        row = MailProvider(name="mailgun", signing_key="gAAAAA" + "x" * 120)
        assert row.secrets() == Secrets(keys={"signing_key": ()})


def note(asked: list[str]) -> Callable[[str], bytes]:
    def get(url: str) -> bytes:
        asked.append(url)
        return b""

    return get


def _altered(value: str) -> str:
    return value.swapcase()


class TestAmazon:
    @pytest.fixture
    def amazon(self, support: Channel) -> MailProvider:
        return connect(support, "amazon_ses")

    @pytest.mark.parametrize("version", ["1", "2"])
    def test_knows_both_versions(
        self, client: Client, support: Channel, amazon: MailProvider, version: str
    ) -> None:
        made = by_amazon(b"{}", "", SignatureVersion=version)
        assert post(client, path(support, amazon.name), made).status_code == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:mail"},
            {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/a.pem"},
            {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem"},
            {"SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem"},
            {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem"},
            {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/a.pem"},
            {"SigningCertURL": "https://bucket.s3.amazonaws.com/a.pem"},
            {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/a.txt"},
            {"SignatureVersion": "3"},
        ],
    )
    def test_refuses_other_keys_and_topics(
        self, client: Client, support: Channel, amazon: MailProvider, changes: dict[str, str]
    ) -> None:
        made = by_amazon(b"{}", "", **changes)
        assert post(client, path(support, amazon.name), made).status_code == 401

    @pytest.mark.parametrize(("topic", "confirms"), [(TOPIC, True), (f"{TOPIC}-2", False)])
    def test_confirms_the_topic_that_was_asked_for(  # noqa: PLR0917 -- fixtures and cases
        self,
        client: Client,
        support: Channel,
        amazon: MailProvider,
        monkeypatch: pytest.MonkeyPatch,
        topic: str,
        confirms: bool,
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(sns, "_get", note(asked))
        url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
        made = by_amazon(
            b"hello",
            "",
            Type="SubscriptionConfirmation",
            SubscribeURL=url,
            Token="t",
            TopicArn=topic,
        )
        post(client, path(support, amazon.name), made)
        assert asked == ([url] if confirms else [])

    def test_confirms_nowhere_else(
        self,
        client: Client,
        support: Channel,
        amazon: MailProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(sns, "_get", note(asked))
        made = by_amazon(
            b"hello",
            "",
            Type="SubscriptionConfirmation",
            SubscribeURL="https://169.254.169.254/latest",
            Token="t",
        )
        assert post(client, path(support, amazon.name), made).status_code == 503
        assert not asked

    def test_a_replay_is_the_same_event(
        self, client: Client, support: Channel, amazon: MailProvider
    ) -> None:
        made = by_amazon(b'{"notificationType": "Delivery"}', "")
        for _ in range(3):
            assert post(client, path(support, amazon.name), made).status_code == 200
        assert Receipt.objects.count() == 1

    def test_asks_to_try_again_while_the_key_is_not_to_be_had(
        self,
        client: Client,
        support: Channel,
        amazon: MailProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def away(_url: str) -> bytes:
            raise sns.Unreachable("away")

        monkeypatch.setattr(sns, "certificate", away)
        assert post(client, path(support, amazon.name), by_amazon(b"{}", "")).status_code == 503


class TestMail:
    def take(self, client: Client, channel: Channel, name: str, made: Post) -> Message:
        assert post(client, path(channel, name, "inbound"), made).status_code == 200
        receipt = Receipt.objects.get()
        done = intake.process(receipt.pk)
        assert done.state == "processed", done.reason_words
        return Message.objects.get(kind="message")

    @pytest.mark.usefixtures("account")
    @pytest.mark.parametrize("name", sorted(POSTS))
    def test_goes_the_way_of_every_mail(self, client: Client, support: Channel, name: str) -> None:
        connect(support, name)
        made = signed(support, name, POSTS[name], "inbound")
        message = self.take(client, support, name, made)
        assert message.text == "It wobbles."
        assert "Sit down." in message.folded
        assert message.subject == "My chair"
        assert message.identity is not None
        assert message.identity.value == "dana@client.example"

    @pytest.mark.usefixtures("account")
    def test_a_form_with_files_of_any_name(self, client: Client, support: Channel) -> None:
        row = connect(support, "sendgrid")
        row.inbound_key, row.webhook_logins = None, LOGIN
        row.save()
        headers = (
            "From: Dana <dana@client.example>\nSubject: Grüße\nMessage-ID: <m1@client.example>"
        )
        parts = [
            ('name="headers"', headers.encode()),
            ('name="text"', "Es wackelt. Grüße".encode("iso-8859-1")),
            ('name="charsets"', b'{"text": "iso-8859-1"}'),
            ('name="SPF"', b"pass"),
            ('name="dkim"', b"{@client.example : pass}"),
            ('name="envelope"', json.dumps({"from": DANA, "to": [US]}).encode()),
            ('name="attachment-info"', b'{"attachment1": {"filename": ".."}}'),
            ('name="attachment1"; filename=".."', b"\x00\xff\r\n\r"),
        ]  # fmt: skip
        body = b"".join(
            b"--xYz\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), content)
            for head, content in parts
        ) + b"--xYz--\r\n"  # fmt: skip
        made = body, {"content-type": "multipart/form-data; boundary=xYz", **BASIC}
        message = self.take(client, support, "sendgrid", made)
        assert message.text == "Es wackelt. Grüße"
        (file,) = message.attachments.all()
        assert file.blob.read() == b"\x00\xff\r\n\r"

    @pytest.mark.parametrize(
        "content",
        [
            b"x\r\ny\n\x00\xff\r\n",
            b"\r\n" * 1000,
            b"",
            b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (i, i)
                     for i in range(2000)),
        ],
    )  # fmt: skip
    def test_a_mail_among_a_forms_files_is_kept_byte_for_byte(self, content: bytes) -> None:
        """However deep it nests: the provider is told to try again by an error, and gives up."""
        head = (
            b'--xYz\r\nContent-Disposition: form-data; name="a"; filename="a.eml"\r\n'
            b"Content-Type: message/rfc822\r\n\r\n"
        )
        body = (
            head + content + b"\r\n" + head.replace(b'"a"', b'"b"') + content + b"\r\n--xYz--\r\n"
        )
        request = rebuild(body, {"content-type": "multipart/form-data; boundary=xYz"})
        for name in ("a", "b"):
            file = request.FILES[name]
            assert isinstance(file, UploadedFile)
            assert file.read() == content

    @pytest.mark.usefixtures("account")
    @pytest.mark.parametrize(
        ("words", "grade"),
        [
            (b"Hello", "pass"),
            (b'\r\n--xYz\r\nContent-Disposition: form-data; name="dkim"\r\n\r\n%b', "none"),
            (b'\r\n--xYz\r\nContent-Disposition: form-data; name="SPF"\r\n\r\npass', "none"),
            (b"\r\n--xYz--", "none"),
        ],
    )
    def test_a_field_in_a_mails_own_words_is_no_verdict(
        self, client: Client, support: Channel, words: bytes, grade: str
    ) -> None:
        row = connect(support, "sendgrid")
        row.inbound_key, row.webhook_logins = None, LOGIN
        row.save()
        told = b"{@client.example : pass}"
        head = b"From: Dana <dana@client.example>\nSubject: Hi\nMessage-ID: <m1@client.example>"
        given = [
            (b"headers", head),
            (b"dkim", told),
            (b"text", words.replace(b"%b", told)),
            (b"SPF", b"none"),
            (b"envelope", json.dumps({"from": DANA, "to": [US]}).encode()),
        ]
        body = b"".join(
            b'--xYz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % field
            for field in given
        )
        made = body + b"--xYz--\r\n", {"content-type": "multipart/form-data; boundary=xYz", **BASIC}
        assert self.take(client, support, "sendgrid", made).grade == grade

    @pytest.mark.usefixtures("account")
    @pytest.mark.parametrize(
        ("verdicts", "grade"),
        [
            ({"dmarcVerdict": {"status": "PASS"}}, "pass"),
            ({"dmarcVerdict": {"status": "FAIL"}, "spfVerdict": {"status": "PASS"}}, "fail"),
            ({"dkimVerdict": {"status": "PASS"}}, "none"),
            ({}, "none"),
        ],
    )
    def test_the_providers_verdict_grades_the_sender(
        self, support: Channel, verdicts: dict[str, Any], grade: str
    ) -> None:
        connect(support, "amazon_ses")
        said = POSTS["amazon_ses"]
        said = {**said, "receipt": {**said["receipt"], **verdicts}}
        body, headers = signed(support, "amazon_ses", said, "inbound")
        envelope = {"provider": "amazon_ses", "side": "inbound", "headers": headers}
        raw = RawEvent(body=body, received_at=datetime.now(UTC), envelope=envelope)
        (message,) = hook_events.normalize(raw, domain="hub.example")
        assert isinstance(message, InboundMessage)
        assert message.grade == grade

    @pytest.mark.parametrize("name", ["mailgun", "postmark"])
    def test_a_verdict_that_the_sender_may_have_written_proves_nothing(self, name: str) -> None:
        forged = b"X-Mailgun-Spf: Pass\r\nReceived-SPF: Pass (x) y\r\n" + RAW
        fields = {
            "body-mime": forged.decode(),
            "sender": DANA,
            "recipient": US,
            "timestamp": "1",
            "token": "t",
        }
        posts = {
            "mailgun": (urlencode(fields).encode(), FORM),
            "postmark": (
                json.dumps({"RawEmail": forged.decode(), "Headers": []}).encode(),
                "x/json",
            ),
        }
        body, kind = posts[name]
        envelope = {"provider": name, "side": "inbound", "headers": {"content-type": kind}}
        raw = RawEvent(body=body, received_at=datetime.now(UTC), envelope=envelope)
        (message,) = hook_events.normalize(raw, domain="hub.example")
        assert isinstance(message, InboundMessage)
        assert message.grade == "none"

    @pytest.mark.usefixtures("account")
    def test_nonsense_is_set_aside(self, client: Client, support: Channel) -> None:
        connect(support, "postmark")
        made = b"[[[", {"content-type": "application/json", **BASIC}
        assert post(client, path(support, "postmark", "inbound"), made).status_code == 200
        assert intake.process(Receipt.objects.get().pk).state == "quarantined"


class TestTracking:
    @pytest.fixture
    def delivery(
        self, client: Client, connected: EmailAccount, support: Channel, priya: Agent
    ) -> Delivery:
        """An answer that has left for dana@client.example."""
        assert connected.smtp_host
        client.post(f"/hooks/email/{support.key}/raw", RAW, content_type="message/rfc822")
        case = intake.process(Receipt.objects.get().pk).case
        assert case is not None
        message = answer(case, priya)
        found = Delivery.objects.get()
        assert outbox.deliver(found.pk) == "sent", message
        Receipt.objects.all().delete()
        return found

    def report(self, client: Client, channel: Channel, name: str, said: Any) -> str:
        made = signed(channel, name, said)
        assert post(client, path(channel, name), made).status_code == 200
        assert intake.process(Receipt.objects.latest("pk").pk).state == "processed"
        return str(Delivery.objects.get().state)

    def test_our_own_id_comes_back_as_metadata(
        self, client: Client, support: Channel, delivery: Delivery
    ) -> None:
        connect(support, "postmark")
        case, own = delivery.key.strip("<>").partition("@")[0].split(".")
        said = {
            "RecordType": "Delivery",
            "MessageID": "pm-1",
            "Recipient": "dana@client.example",
            "Metadata": {"hub-case": case, "hub-mail": own},
        }
        assert self.report(client, support, "postmark", said) == "delivered"

    @pytest.mark.usefixtures("delivery")
    def test_a_bounce_names_the_recipient_and_why(self, client: Client, support: Channel) -> None:
        connect(support, "mailgun")
        Delivery.objects.update(provider_id="<mg-1@kalma.example>")
        said = {
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "timestamp": 1,
                "id": "e1",
                "recipient": "dana@client.example",
                "reason": "bounce",
                "message": {"headers": {"message-id": "mg-1@kalma.example"}},
                "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
            }
        }
        assert self.report(client, support, "mailgun", said) == "failed"
        recipient = Delivery.objects.get().recipients.get()
        assert recipient.reason_code == "no_such_mailbox"
        assert "no such user" in recipient.reason_words
        (reached,) = Identity.objects.filter(value="dana@client.example")
        assert reached.unreachable_code == "no_such_mailbox"

    @pytest.mark.usefixtures("delivery")
    def test_a_complaint_is_no_failure(self, client: Client, support: Channel) -> None:
        connect(support, "sparkpost")
        Delivery.objects.update(provider_id="sp-1")
        event = {
            "type": "spam_complaint",
            "transmission_id": "sp-1",
            "rcpt_to": "dana@client.example",
            "event_id": "1",
            "timestamp": "1",
        }
        said = [{"msys": {"message_event": event}}]
        assert self.report(client, support, "sparkpost", said) == "sent"


def test_the_limits_of_a_form_are_ours(
    client: Client, support: Channel, settings: Settings
) -> None:
    """A mail of several megabytes in a form field is nothing unusual."""
    row = connect(support, "sendgrid")
    row.inbound_key, row.webhook_logins = None, LOGIN
    row.save()
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = b"email=" + b"x" * 50_000
    made = body, {"content-type": FORM, **BASIC}
    assert post(client, path(support, "sendgrid", "inbound"), made).status_code == 200


def test_the_channels_page_has_the_addresses_and_no_secret(
    admin_client: Client, account: EmailAccount, support: Channel
) -> None:
    row = connect(support, "mailgun")
    row.note_event("inbound")
    page = admin_client.get(f"/admin/conversations/channel/{support.pk}/change/").content.decode()
    for side in ("inbound", "tracking"):
        assert f"https://hub.example{path(support, 'mailgun', side)}" in page
    assert "HTTP webhook signing key" in page
    assert SECRET not in page
    assert account.address in page
