"""Nonsense in the simulator's forms and addresses: refused, never a fault of ours."""

import pytest
from django.test import Client

from conversations import outbox
from conversations.models import Agent, Delivery, Message
from demo.models import Mail
from tests.demo.people import answer
from tests.security.test_nasty import IDS, NASTY

pytestmark = pytest.mark.django_db

AT_FIRST = [
    pytest.param(NASTY[1::29], id="some"),
    pytest.param(NASTY, id="all", marks=pytest.mark.slow),
]
FINE = {
    "text": "Hi", "cc": "", "name": "Sam", "address": "sam@post.example", "subject": "Hi",
    "to": "support@kalma.example", "verdict": "pass",
}  # fmt: skip
FIELDS = {
    "new/": ("text", "cc", "name", "address", "subject", "to", "verdict"),
    "{}/answer": ("text", "cc"),
    "{}/stranger": ("text", "cc", "name", "address"),
    "{}/vacation": ("recipient",),
    "{}/bounce": ("recipient",),
}
"""What is typed or chosen, by the form's address."""


@pytest.fixture
def mail(first: Message, priya: Agent) -> Mail:
    answer(first.case, priya)
    for pk in Delivery.objects.values_list("pk", flat=True):
        outbox.deliver(pk)
    return Mail.objects.latest("pk")


@pytest.mark.parametrize("words", AT_FIRST)
@pytest.mark.parametrize("form", FIELDS)
def test_no_form_falls_over(desk: Client, mail: Mail, form: str, words: tuple[str, ...]) -> None:
    desk.raise_request_exception = False
    url = f"/demo/mail/{form.format(mail.pk)}"
    assert desk.post(url, FINE).status_code in {302, 404}
    odd = [*words, "a\nb", "x@\u00fc.example", "\u00fc@x.example", f"{'x' * 180}@x.example"]
    found = [
        (name, nasty[:40], desk.post(url, {**FINE, name: nasty}).status_code)
        for nasty in odd
        for name in FIELDS[form]
    ]
    assert not [one for one in found if one[2] >= 500]


def test_no_address_falls_over(desk: Client, mail: Mail) -> None:
    desk.raise_request_exception = False
    for nasty in NASTY[::4]:
        for url in ("/demo/mail/", f"/demo/mail/{mail.pk}/"):
            assert desk.get(url, {"of": nasty, "receipt": nasty}).status_code < 500, nasty[:40]
    for number in IDS:
        for url in ("{}/", "{}/markup", "{}/parts/0/", f"{mail.pk}/parts/{{}}/", "case/{}/"):
            answered = desk.get(f"/demo/mail/{url.format(number)}")
            assert answered.status_code in {302, 404}, (url, number[:30])


def test_what_is_private_is_kept_by_nobody(desk: Client, mail: Mail) -> None:
    for url in ("", f"{mail.pk}/", f"{mail.pk}/markup"):
        assert "no-store" in desk.get(f"/demo/mail/{url}").headers.get("Cache-Control", ""), url
