# ruff: noqa: RUF001 -- words of many languages
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_email import htmltext, trim
from channels_email.html import sanitise
from channels_email.trim import Mark

WORDS = "Thanks, that worked.\n\nAna"


@pytest.mark.parametrize(
    "quote",
    [
        "On Fri, 20 Nov 2026 at 10:00, Kalma <a@kalma.example> wrote:\n> Try this\n> please",
        "On Fri, 20 Nov 2026 at 10:00, Kalma Support\n<support@kalma.example> wrote:\n\n> Try",
        "El vie, 20 nov 2026 a las 10:00, Kalma (<support@kalma.example>) escribió:\n> Hola",
        "Am 20.11.2026 um 10:00 schrieb Kalma Support:\n> Hallo",
        "Le ven. 20 nov. 2026 à 10:00, Kalma <a@kalma.example> a écrit :\n> Bonjour",
        "Il giorno ven 20 nov 2026 alle 10:00 Kalma <a@kalma.example> ha scritto:\n> Ciao",
        "Em sex., 20 de nov. de 2026 às 10:00, Kalma <a@kalma.example> escreveu:\n> Olá",
        "-----Original Message-----\nFrom: Kalma\nSubject: x\n\nTry this",
        "________________________________\nFrom: Kalma\nSent: today\nTo: Ana\nSubject: x\n\nTry",
        "Von: Kalma\nGesendet: heute\nAn: Ana\nBetreff: x\n\nHallo",
        "On Fri, 20 Nov 2026 at 10:00, Kalma <a@kalma.example> wrote:\nTry this without marks",
        "> Try this",
        "-- \nAna Ruiz\nSome Street 1",
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy, with Verizon",
        "Enviado desde mi iPhone\n\nEl 20/11/2026 10:00, Kalma escribió:\n> Hola",
        "Gesendet von Outlook für Android<https://a.example>",
        "Get Outlook for iOS<https://a.example>",
        "Sendt fra min iPad\n\nDen 20. nov. 2026 kl. 10.00 skrev Kalma <a@kalma.example>:\n\nHei",
        "Kalma <a@kalma.example> schrieb am Fr., 20. Nov. 2026\num 10:00 Uhr:\n\n> Hallo",
        "Op 20 nov. 2026 om 10:00 heeft Kalma <a@kalma.example> het volgende geschreven:\n> Hoi",
        "2026年11月20日(金) 9:00 Kalma <a@kalma.example>:\n> x",
        "20 листопада 2026 р. о 10:00 <a@kalma.example> написав:\n\n> x",
        "Le 20 nov. 2026 10:00, Kalma\n<a@kalma.example>\na écrit :\n\n> Bonjour",
        "On Nov 20, 2026,\nat 10:00,\nKalma <a@kalma.example> wrote:\n\n> Try",
        "---- On Fri, 20 Nov 2026 10:00:00 +0100 Kalma<a@kalma.example> wrote ----\n\nTry",
        "De : Kalma\nEnvoyé le : vendredi\nÀ : Ana\nObjet : x\n\nBonjour",
        "Da: Kalma\nInviato: oggi\nA: Ana\nOggetto: x\n\nCiao",
        "----- Mensaje original -----\nDe: Kalma\n\nHola",
        "-----Oprindelig meddelelse-----\nFra: Kalma\n\nHej",
        "_______________________________________________\nthe mailing list\nlist@kalma.example",
        "***",
    ],
)
def test_folds_what_was_quoted(quote: str) -> None:
    assert trim.split(f"{WORDS}\n\n{quote}\n") == (WORDS, quote)


@pytest.mark.parametrize(
    "text",
    [
        "> Try this\n\nI did, it failed.",
        "> One?\n\nYes.\n\n> Two?\n\nNo.",
        "On Fri, 20 Nov 2026 your shop wrote:\n\nWe send it back.\n\nNobody did.",
        "I gave it to Bo <bo@b.example> on 20 Nov 2026 at 10:00:\n\nthe lamp",
        "It stands in the hall.\n\nSent with FedEx yesterday",
        "Sent from my iPhone\n\nI forgot: it is order 12",
        "Two things:\n--\n" + "It is a long story, and it is about a lamp." * 60,
        "Three lines\n\n***\n\nand then a fourth",
        "The form says\nName: Ana\nEmail: ana@b.example\nMessage: it broke",
        "---------- Forwarded message ----------\nFrom: Bo\nSubject: x\n\nHis words",
        "See what they said.\n\nBegin forwarded message:\n\n> From: Bo\n> His words",
        "From: here to there it is far.\nTo: my mind that is bad.",
        "> only a quote",
        "Here it is.\n\nSent from my desk, which is easier than my phone.",
        "Bo wrote: it is broken",
        "The manual wrote:\nturn it left",
    ],
)
def test_loses_no_words_that_may_be_the_customers(text: str) -> None:
    assert trim.split(text) == (text, "")


@pytest.mark.parametrize(
    ("text", "words", "folded"),
    [
        (
            "On Fri, 20 Nov 2026, Kalma <a@b.example> wrote:\n> One?\n\nYes, below.",
            "Yes, below.",
            "On Fri, 20 Nov 2026, Kalma <a@b.example> wrote:\n> One?",
        ),
        (
            "Hi,\nAm 20.11.2026 um 10:00 schrieb Kalma:\n> Eins?\n\nJa.\n\n> Zwei?\n\nNein.",
            "Hi,\n\n> Eins?\n\nJa.\n\n> Zwei?\n\nNein.",
            "Am 20.11.2026 um 10:00 schrieb Kalma:",
        ),
        (
            "Thanks\n\n-- \nAna\n\nDnia 20 lis 2026 o godz. 10:00 B <b@b.example> napisał:\n\n> x",
            "Thanks",
            "-- \nAna\n\nDnia 20 lis 2026 o godz. 10:00 B <b@b.example> napisał:\n\n> x",
        ),
        (
            "Thanks\n\n> El 20 nov 2026, a las 10:00, B <b@b.example> escribió:\n>\n> x\n\n--\nAna",
            "Thanks",
            "> El 20 nov 2026, a las 10:00, B <b@b.example> escribió:\n>\n> x\n\n--\nAna",
        ),
        (
            "From: Bo <b@b.example>\nDate: today\nSubject: x\n\nHis words\n\nBo",
            "From: Bo <b@b.example>\nDate: today\nSubject: x\n\nHis words\n\nBo",
            "",
        ),
        (
            "Hello.\n\nOn 2026-11-20 10:00:00 Kalma wrote:\n\n> -- REPLY ABOVE THIS LINE --\n\nHey",
            "Hello.",
            "On 2026-11-20 10:00:00 Kalma wrote:\n\n> -- REPLY ABOVE THIS LINE --\n\nHey",
        ),
    ],
)
def test_folds_around_the_words(text: str, words: str, folded: str) -> None:
    assert trim.split(text) == (words, folded)


def test_shows_a_forward_whole() -> None:
    text = "See below\n\nFrom: Bo\nSent: today\nTo: Ana\nSubject: x\n\nHis words"
    lines = text.split("\n")
    assert trim.split_lines(lines, [Mark.WORDS] * len(lines), is_forward=True) == (text, "")
    assert trim.split(text)[0] == "See below"


PIECES = [
    "words of mine", "> quoted", ">> deeper", "", " ", "-- ", "--", "____________________",
    "On Fri, 20 Nov 2026 at 10:00, Bo <b@b.example> wrote:", "Bo <", "b@b.example> wrote:",
    "> wrote:", "-----Original Message-----", "From: Bo", "Sent: today", "To: Ana", "Subject: x",
    "***", "Sent from my iPhone", "---------- Forwarded message ----------",
    "> Begin forwarded message:",
    "reply above this line", "El 20/11/2026 10:00, Bo escribió:", "a:", "  deep", "\u200b",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=30))
def test_keeps_every_line_in_order(lines: list[str]) -> None:
    given_lines = "\n".join(lines).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said = [line.strip() for line in given_lines if line.strip(BLANK)]
    above, folded = (
        [part for part in map(str.strip, text.split("\n")) if part]
        for text in trim.split("\n".join(lines))
    )
    assert sorted(above + folded) == sorted(said)
    assert is_within(above, said)
    assert is_within(folded, said)
    assert bool(above) == bool(said)


BLANK = (
    string.whitespace
    + "\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)


def is_within(some: list[str], every: list[str]) -> bool:
    rest = iter(every)
    return all(line in rest for line in some)


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    "unit",
    [
        "-" * 60 + " x\n",
        "- -" * 30 + " x\n",
        "-- wrote " * 20 + "\n",
        "<a@" * 60 + " wrote:\n",
        *(
            "> ",
            "<",
            ">",
            "-",
            "-- \n",
            "From: x\n",
            "_" * 30,
            "\n",
            "a\n",
            "On ",
            "On x ",
            "On a\n",
        ),
        *("On a wrote: ", "wrote:\n", "On 1 May 2026 at 10:00 bo wrote:\n", "<a@b.c> wrote:\n"),
        *(
            "From: x\nTo: y\n",
            "--\na\n",
            "Sent from my iPhone\n",
            "> x\n\ny\n",
            "1 1 ",
            "> wrote:\n",
        ),
    ],
)
def test_stays_linear_on_hostile_text(unit: str) -> None:
    start = time.process_time()
    trim.split("Hello\n\n" + (unit * 1_000_000)[:1_000_000])
    assert time.process_time() - start < 8


@pytest.mark.parametrize(
    ("markup", "words", "quote"),
    [
        (
            (
                '<div>Thanks</div><div class="gmail_quote"><div class="gmail_attr">On x:</div>'
                '<blockquote class="gmail_quote">Try</blockquote></div>'
            ),
            "Thanks",
            "On x:\n\nTry",
        ),
        ('<p>Thanks</p><blockquote type="cite">Try</blockquote>', "Thanks", "Try"),
        (
            (
                '<p>Thanks</p><div class="moz-cite-prefix">On x:</div>'
                '<blockquote type="cite">Try</blockquote>'
            ),
            "Thanks",
            "On x:\n\nTry",
        ),
        (
            '<p>Thanks</p><div id="divRplyFwdMsg">From: Kalma</div><div>Try</div>',
            "Thanks",
            "From: Kalma\nTry",
        ),
        ('<blockquote type="cite">Try</blockquote><p>I did</p>', "> Try\n\nI did", ""),
        (
            (
                '<p>See</p><div class="gmail_quote"><blockquote>One?</blockquote><div>Yes</div>'
                "<blockquote>Two?</blockquote></div>"
            ),
            "See\n\n> One?\n\nYes",
            "Two?",
        ),
        ("<pre>a\n  b</pre>", "a\n  b", ""),
        ("<ul><li>a<li>b</ul>", "- a\n- b", ""),
    ],
)
def test_follows_the_markup(markup: str, words: str, quote: str) -> None:
    assert trim.split_lines(*htmltext.lines_of(sanitise(markup))) == (words, quote)
