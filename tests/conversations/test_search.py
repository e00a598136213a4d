"""Search finds what people mean, takes whatever is typed, and keeps to who may see what."""

import unicodedata
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Case, Channel, Customer, Message, Team
from conversations.services import asked, search, status, tags, undo
from conversations.services import notes as notes_service
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db
APART = unicodedata.normalize("NFD", "canción")
CURLY = "\u2019"


@pytest.fixture
def support(team: Team, paper_provider: object) -> Channel:
    return make_channel(team)


def said(query: str, agent: Agent) -> list[str]:
    """Texts of the messages found, newest first."""
    page = search.messages(asked.read(query), agent=agent)
    rows = Message.objects.in_bulk([hit.message.pk for hit in page.hits])
    return [rows[hit.message.pk].text for hit in page.hits]


def about(query: str, agent: Agent) -> list[str]:
    """Topics of the cases found."""
    return [hit.case.topic for hit in search.cases(asked.read(query), agent=agent).hits]


def marks(query: str, agent: Agent) -> list[str]:
    """What is marked in the first message found."""
    hit = search.messages(asked.read(query), agent=agent).hits[0]
    return [part.text for part in hit.line if part.is_hit]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Nos vemos en el café", "cafe", "café"),
        ("Nos vemos en el cafe", "café", "cafe"),
        ("Este año", "ano", "año"),
        ("Este ano", "AÑO", "ano"),
        ("Mi aspiradora no arranca", "aspir", "aspir"),
        ("La ASPIRACIÓN falla", "aspiracion", "ASPIRACIÓN"),
        ("Die Straße ist lang", "strasse", "Straße"),
        ("Die Strasse ist lang", "straße", "Strasse"),
        ("Herr Schäfer", "schafer", "Schäfer"),
        ("Its Łódź address", "lodz", "Łódź"),
        ("Ask O'Brien", "O'Brien", "O'Brien"),
        (f"Ask O{CURLY}Brien", "o'brien", f"O{CURLY}Brien"),
        ("¿Dónde?", "donde", "Dónde"),
        ("Write to dana@post.example", "dana@post.example", "dana@post.example"),
        ("Write to dana@post.example", "post.exam", "post.exam"),
        ("It is K-48213, please", "k-48213", "K-48213"),
        ("ПРИВЕТ мир", "привет", "ПРИВЕТ"),
        ("Ἀθῆναι Ελλάδα", "ελλαδα", "Ελλάδα"),
        ("مرحبا بكم", "مرحبا", "مرحبا"),
        ("修理をお願いします。", "修理", "修理"),
        ("नमस्ते दुनिया", "नमस्ते", "नमस्ते"),
        ("thanks😀bye", "bye", "bye"),
        ("the of and", "of the", "the"),
        (f"la {APART}", "canción", APART),
    ],
)  # fmt: skip
def test_finds_words_whatever_their_accents(
    support: Channel, priya: Agent, text: str, query: str, marked: str
) -> None:
    receive(support, "dana@post.example", text)
    receive(support, "leon@post.example", "Something else entirely")
    assert said(query, priya) == [text]
    assert marks(query, priya)[0] == marked


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("battery", True),
        ("red battery", True),
        ("battery red", True),
        ("bat red", False),
        ("red bat", True),
        ('"red battery"', True),
        ('"battery red"', False),
        ('"red bat"', False),
        ("battery -green", True),
        ("battery -red", False),
        ('battery -"the red"', False),
        ("battery -", True),
        ('"red battery', True),
        ("batterys", False),
        ("attery", False),
    ],
)
def test_words_are_joined_as_people_expect(
    support: Channel, priya: Agent, query: str, *, found: bool
) -> None:
    receive(support, "dana@post.example", "The red battery is dead")
    assert bool(said(query, priya)) is found


@pytest.mark.parametrize("query", ["factura", "2026", "factura_2026-11.pdf", "fact", "11.pdf"])
def test_finds_a_file_by_the_parts_of_its_name(support: Channel, priya: Agent, query: str) -> None:
    receive(support, "dana@post.example", "See there", files={"factura_2026-11.pdf": "x"})
    hit = search.messages(asked.read(query), agent=priya).hits[0]
    assert hit.source == "file"
    assert any(part.is_hit for part in hit.line)


def test_finds_what_was_written_not_what_was_quoted(support: Channel, priya: Agent) -> None:
    receive(support, "dana@post.example", "Yes", folded="> Do you want the walnut one?")
    case = receive(support, "leon@post.example", "Hello", subject="A walnut desk").case
    notes_service.add(case_id=case.pk, agent=priya, text="Walnut again", client_id=uuid.uuid4())
    assert said("walnut", priya) == ["Walnut again", "Hello"]


def test_what_was_taken_back_is_found_no_more(support: Channel, priya: Agent) -> None:
    priya.undo_seconds = 20
    priya.save()
    case = receive(support, "dana@post.example").case
    message = answer(case, priya, "Zanzibar")
    assert said("zanzibar", priya) == ["Zanzibar"]
    undo.undo_send(message_id=message.pk, agent=priya)
    assert said("zanzibar", priya) == []


def test_newest_stand_first_and_pages_reach_each_once(
    support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEAR", 7)
    monkeypatch.setattr(search, "PAGE", 4)
    wanted = [receive(support, "dana@post.example", f"needle {n}").pk for n in range(6)]
    for n in range(9):
        receive(support, "dana@post.example", f"hay {n}")
    wanted += [receive(support, "dana@post.example", f"needle {n}").pk for n in range(6, 9)]
    seen: list[int] = []
    after: search.Cursor | None = None
    for _ in range(3):
        page = search.messages(asked.read("needle"), agent=priya, after=after)
        seen, after = seen + [hit.message.pk for hit in page.hits], page.next
    assert after is None
    assert seen == wanted[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "dana", "whitfield dana", "Whit", "dána", "dana@post.example", "post.example", "ana@pos",
        "wd", "shuts", "uts off", "gearbox", "pro gearbox dana", "da",
    ],
)  # fmt: skip
def test_finds_a_case_by_people_addresses_topic_and_tags(
    support: Channel, priya: Agent, query: str
) -> None:
    case = receive(
        support, "dana@post.example", "Hello", name="Dana Whitfield", subject="Pro shuts off"
    ).case
    receive(support, "leon@elsewhere.example", "Hello", name="Leon Bauer", subject="A quote")
    tags.replace(case_id=case.pk, agent=priya, names=["gearbox"])
    assert about(query, priya) == ([] if query == "wd" else ["Pro shuts off"])


def test_finds_names_as_people_write_them(support: Channel, priya: Agent) -> None:
    receive(support, "so@post.example", "x", name=f"Sinéad O{CURLY}Brien", subject="One")
    for query in ("obrien", "o'brien", f"O{CURLY}Brien", "brien", "sinead o'b"):
        assert about(query, priya) == ["One"], query


def test_finds_a_phone_however_it_is_grouped(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", subject="Phone").case
    case.conversation.customer.identities.create(kind="phone", value="+13035550139")
    for query in ("+1 303 555 0139", "(303) 555-0139", "3035550139", "555-0139", "0139"):
        assert about(query, priya) == ["Phone"], query


def test_finds_a_case_by_its_exact_number(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", subject="Numbered").case
    Case.objects.exclude(pk=case.pk).delete()
    for query in (str(case.pk), f"#{case.pk}"):
        assert about(query, priya) == ["Numbered"]
    assert about(f"{case.pk}0", priya) == []


def test_finds_who_was_copied_and_who_joined(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", subject="Copied").case
    answer(case, priya, to=("dana@post.example",), cc=("ruth@aside.example",))
    assert about("Ruth@aside.example", priya) == ["Copied"]
    receive(support, "hugo@joined.example", "I am his lawyer", tokens=[case.reply_token])
    assert about("joined.ex", priya) == ["Copied"]


HOSTILE = [
    "&", "|", "!", ":", "*", "'", '"', "\\", "()", "a & b", "a | !b", "foo:*", "foo:*A", "''", '""',
    "<->", "a <2> b", "\x00", "a\x00b", "x" * 10_000, "a " * 5_000, '"' * 999, "-", "--", "-a", "%",
    "%_%", "\\%", "{0}", "%s", "😀", "👩‍👩‍👧 ❤️", "\u202eevil\u202c", "\u200b", "\ud800", "½ ⑴ ﷺ ㎯",
    "9" * 40, "#", "#-1", "#0", "a'b'c", "';drop table x;--", "修", "ß", "it's \\' :*", "\u0301",
    '-"', '-""', '"-"', "é" * 300, "²", "٣", "\ufffd", "\U000e0001",
]  # fmt: skip


@pytest.mark.sample(6)
@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_takes_whatever_is_typed(support: Channel, priya: Agent, query: str) -> None:
    receive(
        support, "dana@post.example", query.replace("\x00", "").encode(errors="replace").decode()
    )
    for one in (query, f"word {query}", f"{query} word", f'"{query}"', f"-{query} word"):
        said(one, priya)
        about(one, priya)


@pytest.mark.parametrize("query", ["", " ", "a", "-word", "é a", "&", '""'])
def test_says_when_there_is_nothing_to_look_for(query: str) -> None:
    assert asked.read(query).is_too_short


@pytest.mark.parametrize("query", ["ab", "7", "修", "a word", '"to be"', "x -y zz"])
def test_looks_for_anything_that_narrows(query: str) -> None:
    assert not asked.read(query).is_too_short


def test_endless_and_expanding_texts_are_stored(support: Channel, priya: Agent) -> None:
    letters = [chr(0x10400 + n % 80) + chr(0x10400 + n // 80 % 80) for n in range(6400)]
    for text in ("ﷺ" * 300_000, "x" * 2_000_000, " ".join(letters * 20), "-".join(letters * 20)):
        receive(support, "dana@post.example", "needle " + text)
    assert len(said("needle", priya)) == 4


SAMPLES = [
    "¿Dónde está «mi» aspiradora—2?", f"O{CURLY}Brien l{CURLY}hôtel don't",
    "「修理」。お願い", "factura_2026-11.pdf", "नमस्ते สวัสดี", "a\u00a0b\u2003c", "x😀y…z",
    "dana@post.example <b>&amp; c:\\x", "Straße Łódź Schäfer Ærø",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLES)
def test_marks_by_the_words_that_the_database_finds_by(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hub_plain(%s)", [text])
        theirs = cursor.fetchone()[0].split()
    assert [asked.bare(word) for word in theirs] == list(asked.words(text))


def test_costs_the_same_statements_for_one_hit_and_for_many(support: Channel, priya: Agent) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            search.messages(asked.read("needle"), agent=priya)
            search.cases(asked.read("needle"), agent=priya)
        return len(caught)

    receive(support, "dana@post.example", "needle", subject="A needle")
    few = statements()
    for n in range(30):
        receive(support, f"c{n}@post.example", "needle", subject="A needle")
    assert statements() == few


class TestWhoSeesWhat:
    CANARY = "quokka"

    @pytest.fixture
    def secret(self, support: Channel, legal: Team) -> Case:
        """A restricted case in a conversation that everybody sees a part of."""
        counsel = make_channel(legal, name="counsel")
        receive(support, "dana@post.example", "Where is it?", name="Dana", subject="Parcel")
        lex = make_agent("Lex Law", legal)
        case = receive(
            counsel, "dana@post.example", f"{self.CANARY} text", subject=f"{self.CANARY} topic",
            files={f"{self.CANARY}.pdf": "x"},
        ).case  # fmt: skip
        answer(case, lex, cc=(f"{self.CANARY}@aside.example",))
        receive(counsel, f"{self.CANARY}@post.example", self.CANARY, name=f"The {self.CANARY}")
        tags.replace(case_id=case.pk, agent=lex, names=[self.CANARY])
        notes_service.add(case_id=case.pk, agent=lex, text=self.CANARY, client_id=uuid.uuid4())
        return case

    QUERIES = [CANARY, CANARY[:4], f'"{CANARY}"', f"{CANARY}.pdf", f"{CANARY}@aside.example"]

    @pytest.mark.parametrize("query", QUERIES)
    def test_a_restricted_case_is_no_hit_for_others(
        self, secret: Case, priya: Agent, marco: Agent, query: str
    ) -> None:
        for agent in (priya, marco):
            assert said(query, agent) == []
            assert about(query, agent) == []
            assert about(str(secret.pk), agent) == []

    @pytest.mark.parametrize("query", QUERIES)
    def test_its_team_and_admins_find_it(self, secret: Case, query: str) -> None:
        lena = make_agent("Lena Ortiz", role="admin")
        for agent in (Agent.objects.get(username="lex"), lena):
            assert said(query, agent) or about(query, agent)
            assert about(str(secret.pk), agent)

    def test_another_teams_case_is_no_hit(
        self, support: Channel, warranty: Team, priya: Agent, marco: Agent
    ) -> None:
        case = receive(support, "dana@post.example", "gearbox", subject="gearbox").case
        Case.objects.filter(pk=case.pk).update(team=warranty)
        assert (said("gearbox", priya), about("gearbox", priya)) == ([], [])
        assert (said("gearbox", marco), about("gearbox", marco)) == (["gearbox"], ["gearbox"])


def test_spam_and_resolved_cases_are_found_too(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "needle", subject="needle").case
    status.resolve(case_id=case.pk, agent=priya)
    assert said("needle", priya) == ["needle"]
    assert about("needle", priya) == ["needle"]


def test_follows_a_new_name_and_a_new_topic(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", name="Dana", subject="Old").case
    Customer.objects.update(name="Diana")
    Case.objects.update(topic="New")
    assert about("diana new", priya) == ["New"]
    assert about("old", priya) == []
    assert case.pk
