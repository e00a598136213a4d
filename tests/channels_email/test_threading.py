"""Which mail a mail answers, however its sender's program wrote that down."""

import pytest

from channels_email.explain import explain
from tests.channels_email.mails import mail


@pytest.mark.parametrize(
    ("in_reply_to", "references", "nearest"),
    [
        ("<a@x.example>", "", "<a@x.example>"),
        ("<a@x.example>", "<r@x.example> <b@x.example>", "<a@x.example>"),
        ("", "<r@x.example> <b@x.example>", "<b@x.example>"),
        ("mumble", "<r@x.example> <b@x.example>", "<b@x.example>"),
        ("Your mail of Monday, <a@x.example>", "<r@x.example> <b@x.example>", "<b@x.example>"),
        ("<a@x.example> (Ana's mail)", "", "<a@x.example>"),
        ("<a@x.example>, <c@x.example>", "<b@x.example>", "<a@x.example>"),
        ("a@x.example", "", "<a@x.example>"),
        ("<a@x.example", "", "<a@x.example>"),
        ("< a@x.exa\r\n mple >", "", "<a@x.example>"),
        ("=?utf-8?Q?=3Ca=40x.example=3E?=", "", "<a@x.example>"),
        ("", "", ""),
    ],
)
def test_the_nearest_id_is_the_one_that_is_answered(
    in_reply_to: str, references: str, nearest: str
) -> None:
    body = mail(in_reply_to=in_reply_to, references=references)
    assert explain(body, domain="hub.example")["in_reply_to"] == nearest


@pytest.mark.parametrize("written", ["<only-a-word>", "only-a-word", " <only-a-word"])
def test_an_id_of_one_word_is_an_id(written: str) -> None:
    found = explain(mail(message_id=written), domain="hub.example")
    assert found["message_id"] == "<only-a-word>"
