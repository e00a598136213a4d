import time

import pytest

from channels_email import htmltext, trim
from channels_email.html import sanitise

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
    ],
)
def test_folds_what_was_quoted(quote: str) -> None:
    assert trim.split(f"{WORDS}\n\n{quote}\n") == (WORDS, quote)


@pytest.mark.parametrize(
    "text",
    [
        "> Try this\n\nI did, it failed.",
        "> One?\n\nYes.\n\n> Two?\n\nNo.",
        "On Fri, 20 Nov 2026, Kalma <a@b.example> wrote:\n> One?\n\nYes, below.",
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


@pytest.mark.parametrize("unit", ["> ", "<", "On a wrote: ", "-- \n", "From: x\n", "_" * 30, "\n"])
def test_stays_linear_on_hostile_text(unit: str) -> None:
    start = time.process_time()
    trim.split((unit * 1_000_000)[:1_000_000])
    assert time.process_time() - start < 1


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
        ('<blockquote type="cite">Try</blockquote><p>I did</p>', "Try\n\nI did", ""),
        (
            (
                '<p>See</p><div class="gmail_quote"><blockquote>One?</blockquote><div>Yes</div>'
                "<blockquote>Two?</blockquote></div>"
            ),
            "See\n\nOne?\n\nYes\n\nTwo?",
            "",
        ),
        ("<pre>a\n  b</pre>", "a\n  b", ""),
        ("<ul><li>a<li>b</ul>", "- a\n- b", ""),
    ],
)
def test_follows_the_markup(markup: str, words: str, quote: str) -> None:
    assert htmltext.split(sanitise(markup)) == (words, quote)
