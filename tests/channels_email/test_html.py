import time

import pytest

from channels_email import html
from channels_email.htmltext import lines_of


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        '<form action="https://evil.example"><input name="a"></form>',
        '<iframe src="https://evil.example"></iframe>',
        "<style>@import 'https://evil.example'</style>",
        '<div style="position:fixed;top:0">x</div>',
        '<div style="background:url(https://evil.example)">x</div>',
        '<div style="color:red;width:expression(alert(1))">x</div>',
        '<base href="https://evil.example"><link rel=stylesheet href="https://evil.example">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<body background="https://evil.example">x</body>',
        '<img srcset="https://evil.example 2x">',
        '<video poster="https://evil.example"></video>',
        '<table background="https://evil.example"><tr><td>x</td></tr></table>',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    ],
)
def test_leaves_nothing_that_runs_or_reaches_out(hostile: str) -> None:
    left = html.sanitise(hostile)
    for word in ("alert(", "evil.example", "javascript:", "position", "onerror", "<input", "data:"):
        assert word not in left


def test_keeps_pictures_so_that_none_is_fetched() -> None:
    stored = html.sanitise(
        '<img src="https://t.example/p.png"><img src="cid:a">'
        '<img src="data:image/png;base64,AAAA"><img src="data:image/svg+xml;base64,AAAA">'
    )
    assert 'src="https' not in stored
    assert 'src="remote:https://t.example/p.png"' in stored
    assert 'src="cid:a"' in stored
    assert 'src="data:image/png;base64,AAAA"' in stored
    assert "svg" not in stored


def test_sends_links_away_from_us() -> None:
    left = html.sanitise('<a href="https://x.example" target="_self">x</a>')
    assert 'rel="noopener noreferrer nofollow"' in left
    assert 'target="_blank"' in left


def test_makes_markup_of_plain_words() -> None:
    made = html.from_text('Hi <b>,\nsee https://x.example/a?b=1&c="2.\n\n-- \nPriya')
    assert "&lt;b&gt;" in made
    assert '<a href="https://x.example/a?b=1&amp;c=">' in made
    assert "<p>-- <br>" in made


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<b><i>",
        "<b><p>",
        "<a><p>",
        "<!--",
        "<a href='",
        "&lt",
        "<table><tr><td>",
        "<font>",
        "<svg>",
        "<ul><li>",
    ],
)
def test_bounds_its_time_on_hostile_markup(unit: str) -> None:
    from channels_email import htmltext

    start = time.process_time()
    htmltext.lines_of(html.sanitise((unit * 200_000)[:500_000]))
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "unit",
    [
        "<blockquote><p>a</p>",
        "<div></b>",
        "<div><table><tr><td></div>",
        "<div><table></div></table>",
        "<form><div></form>",
        "<div></body>",
        "<div><!--</div>-->",
        "<div><a title='</div>'></a>",
        "<div><style></div></style>",
        "<svg><td>",
        "<svg><style><g></g>",
        "&",
        "&#",
        "<!-- x>",
        "<title>",
    ],
)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    """A million characters of each took up to minutes; the bound is generous."""
    source = unit * (500_000 // len(unit))
    began = time.process_time()
    html.sanitise(source)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "markup",
    [
        "<div><p>a<p>b<li>c</div>" * 3000,
        "<table><tr><td>a<td>b<tr><td>c</table>" * 3000,
        "<!--[if mso]><table><tr><td><![endif]-->a<br>" * 3000,
        '<a href="https://x.example/?a=<div>">a</a>' * 3000,
        "<style>a > b { content: '<div>' }</style><b>a</b>" * 3000,
        "<div><span>a</div>" * 3000,
        "<body><div>a</div></body>" * 3000,
    ],
)
def test_long_mails_that_do_not_nest_keep_their_form(markup: str) -> None:
    assert "white-space: pre-wrap" not in html.sanitise(markup)


def test_many_entities_stay_the_words_that_they_are() -> None:
    left = html.sanitise(f'<p title="{"a&amp;b" * 10}">{"&nbsp;&euro;&amp;" * 1000}</p>')
    lines, _marks = lines_of(left)
    assert "".join(lines).replace(" ", "") == "€&" * 1000
