"""An HTML mail as the thread's frame shows it: what was written, and the rest one click away."""

import re
import time

import pytest
from django.test import Client

from channels_email import folding
from channels_email.html import sanitise
from conversations.adapters.messages import FOLDED_CLASS
from conversations.models import Agent, Channel, Message
from tests.channels_email.corpora import mails
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver

pytestmark = pytest.mark.django_db

OPEN = f'<details class="{FOLDED_CLASS}">'
HEADER = (
    "<b>From:</b> Kalma &lt;support@kalma.example&gt;<br><b>Sent:</b> Friday 10:00<br>"
    "<b>To:</b> Ana<br><b>Subject:</b> My chair"
)
INTRO = "On Fri, 20 Nov 2026 at 10:00, Kalma &lt;support@kalma.example&gt; wrote:"

FOLDED = {
    "gmail": (
        '<div dir="ltr">It works</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{INTRO}<br></div><blockquote class="gmail_quote" '
        'style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex"><div>Try again'
        "</div></blockquote></div>"
    ),
    "gmail, signed": (
        '<div dir="ltr">It works<br clear="all"><br><span class="gmail_signature_prefix">-- </span>'
        '<br><div dir="ltr" class="gmail_signature">Try again<br>Ana</div></div>'
    ),
    "outlook desktop": (
        '<div class="WordSection1"><p class="MsoNormal">It works<o:p></o:p></p>'
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid '
        f'#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{HEADER}<o:p></o:p></p>'
        '</div></div><p class="MsoNormal">Try again<o:p></o:p></p></div>'
    ),
    "outlook web": (
        '<div class="elementToProof">It works</div><div id="appendonsend"></div>'
        '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" '
        f'dir="ltr"><font face="Calibri">{HEADER}</font><div>&nbsp;</div></div><div>Try again</div>'
    ),
    "hotmail": f'<div>It works<br><hr id="stopSpelling">{HEADER}<br><br>Try again</div>',
    "apple": (
        "It works<br><div><br><blockquote type=\"cite\"><div>On 20 Nov 2026, at 10:00, Kalma "
        '&lt;support@kalma.example&gt; wrote:</div><br class="Apple-interchange-newline"><div>'
        "Try again</div></blockquote></div><br>"
    ),
    "thunderbird": (
        f'<p>It works</p><p><br></p><div class="moz-cite-prefix">{INTRO}<br></div>'
        '<blockquote type="cite" cite="mid:1@kalma.example"><p>Try again</p></blockquote>'
    ),
    "yahoo": (
        '<div class="ydp1yahoo-style-wrap"><div>It works</div><div><br></div></div>'
        f'<div id="ydp2yahoo_quoted_1" class="yahoo_quoted"><div><div>{INTRO}</div>'
        "<div><div>Try again</div></div></div></div>"
    ),
    "proton": (
        '<div style="font-family:Arial">It works</div><div class="protonmail_quote">'
        f'{INTRO}<br><br><blockquote class="protonmail_quote" type="cite">Try again</blockquote>'
        "</div>"
    ),
    "bottom-posted": (
        f'<div class="moz-cite-prefix">{INTRO}</div><blockquote type="cite"><p>Try again</p>'
        "</blockquote><p>It works</p>"
    ),
    "in a table": (
        "<table><tr><td><p>It works</p></td></tr><tr><td><p>-----Original Message-----</p>"
        "<p>Try again</p></td></tr></table>"
    ),
}  # fmt: skip
WHOLE = {
    "interleaved": (
        f'<div class="moz-cite-prefix">{INTRO}</div><blockquote type="cite">Try again</blockquote>'
        '<p>It works</p><blockquote type="cite">Anything else?</blockquote><p>No</p>'
    ),
    "forward": (
        '<div>It works</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded '
        "message ---------<br>From: Kalma<br>Date: today<br>Subject: x<br></div>Try again</div>"
    ),
    "lines of one element": f"<div>It works<br>{INTRO}<br>&gt; Try again</div>",
    "nothing quoted": "<p>It works</p><p>Try again</p>",
    "nothing but a quotation": '<blockquote type="cite">It works. Try again</blockquote>',
}


@pytest.fixture
def desk(client: Client, priya: Agent) -> Client:
    client.force_login(priya)
    return client


def deliver_html(support: Channel, markup: str, **said: str) -> Message:
    return deliver(support, mail(markup, **{"content_type": "text/html; charset=utf-8", **said}))


def page_of(desk: Client, message: Message) -> str:
    return desk.get(f"/inbox/c/{message.case_id}/m/{message.pk}/body").content.decode()


def shown(page: str) -> tuple[str, str]:
    """(text in sight, text that is folded) of a frame's page."""
    body = re.sub(r"<summary.*?</summary>", "", page.partition("<body>")[2])
    outside: list[str] = []
    inside: list[str] = []
    for piece in re.split(f"({OPEN}.*?</details>)", body, flags=re.DOTALL):
        (inside if piece.startswith(OPEN) else outside).append(piece)
    return bare("".join(outside)), bare("".join(inside))


def bare(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", markup).replace("&nbsp;", " ").split())


@pytest.mark.parametrize("name", FOLDED)
def test_folds_what_is_not_the_writers(desk: Client, support: Channel, name: str) -> None:
    message = deliver_html(support, FOLDED[name])
    page = page_of(desk, message)
    assert message.text == "It works"
    assert shown(page)[0] == "It works"
    assert "Try again" in shown(page)[1]
    assert page.count("Show quoted text") == 1


@pytest.mark.parametrize("name", WHOLE)
def test_leaves_whole(desk: Client, support: Channel, name: str) -> None:
    page = page_of(desk, deliver_html(support, WHOLE[name]))
    assert "<details" not in page
    assert "Try again" in shown(page)[0]


def test_a_forward_stays_whole(desk: Client, support: Channel) -> None:
    message = deliver_html(support, FOLDED["outlook web"], subject="FW: My chair")
    assert "<details" not in page_of(desk, message)


def test_speaks_the_agents_language(desk: Client, support: Channel, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(language="es")
    page = page_of(desk, deliver_html(support, FOLDED["gmail"]))
    assert '<summary lang="es" title="Texto citado"><span>Mostrar el texto citado</span>' in page


def test_a_senders_own_mark_folds_nothing(desk: Client, support: Channel) -> None:
    forged = f'<p>It works</p><details class="{FOLDED_CLASS}"><p>Try again</p></details>'
    page = page_of(desk, deliver_html(support, forged))
    assert FOLDED_CLASS not in page.partition("<body>")[2]
    assert "Show quoted text" not in page


def test_leaves_whole_what_would_hide_a_word_of_the_plain_text() -> None:
    markup = sanitise(FOLDED["gmail"])
    assert folding.marked(markup, text="It works. Really", folded="x") != markup
    assert folding.marked(markup, text="It works. Try again", folded="x") == markup
    assert folding.marked(markup, text="It works", folded="") == markup


def test_a_picture_below_the_words_stays_in_sight() -> None:
    picture = '<div><img src="cid:ring@mail"></div>'
    for name in ("gmail", "bottom-posted"):
        markup = FOLDED[name].replace("It works", f"{picture}It works{picture}")
        marked = folding.marked(sanitise(markup), text="It works", folded="x")
        assert marked.count("<img") == 2
        assert "<img" not in "".join(re.findall(f"{OPEN}.*?</details>", marked))


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<div>a",
        "<p>a</p>",
        "<br>",
        "<blockquote>",
        "<b><i>",
        "<td>",
        "<hr>",
        "a\n",
        "<pre>\n",
    ],
)
def test_stays_linear_on_hostile_markup(unit: str) -> None:
    for hostile in (f"<p>It works</p>{unit * 40_000}", unit * 40_000 + FOLDED["gmail"]):
        markup = sanitise(hostile + FOLDED["thunderbird"])
        start = time.process_time()
        marked = folding.marked(markup, text="It works", folded="x")
        assert time.process_time() - start < 5
        assert len(marked) < 3 * len(markup) + 100


@pytest.mark.corpora
def test_no_word_of_other_projects_mails_is_lost(desk: Client, support: Channel) -> None:
    found = 0
    for path in mails():
        is_near = "mail-reply-trim" in path.parts or "html-mail" in path.parts
        if not is_near or b"html" not in path.read_bytes().lower():
            continue
        message = deliver(support, path.read_bytes())
        if not message.html:
            continue
        page = page_of(desk, message)
        in_sight, folded = shown(page)
        assert sorted(f"{in_sight} {folded}".split()) == sorted(bare(message.html).split()), (
            path.name
        )
        assert words(message.text) & words(folded) <= words(in_sight), path.name
        found += bool(folded)
    assert found


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
