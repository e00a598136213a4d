"""Two agents at the same moment, at every address that acts on a case, and what each is told.

Every action meets itself and its rivals, each from another browser that shows the same revision.
Nothing is lost, the thread's steps are whole, and where both change the header one of them wins:
the other is told who was first and what they did. A new acting address without a rule fails.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from html import unescape
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import (
    Agent,
    Case,
    Change,
    Channel,
    Conversation,
    Delivery,
    Macro,
    Message,
    Participant,
    Team,
)
from conversations.services import blocking, forwards, snooze, status
from conversations.services.split import split
from inbox import texts
from inbox.reads import replay
from tests.people import answer, make_agent, receive
from tests.security.test_at_once import at_once
from tests.security.test_matrix import NOTES, WORKS, names
from tests.security.test_nasty import address

pytestmark = pytest.mark.django_db(transaction=True)

DONE, TOLD = {200, 204, 302}, {403, 404, 409, 422}
Ids = dict[str, int]


@dataclass
class Scene:
    """A case of two messages that was split off an older one, and two browsers that show it."""

    support: Channel
    warranty: Team
    agents: tuple[Agent, Agent]
    browsers: tuple[Client, Client]
    macro: Macro
    sender: str = field(default_factory=lambda: f"{uuid.uuid4().hex[:12]}@hey.example")

    def __post_init__(self) -> None:
        first, *rest = (receive(self.support, self.sender, f"{n} {self.sender}") for n in range(3))
        chosen = [message.pk for message in rest]
        entry = split(case_id=first.case_id, agent=self.agents[0], message_ids=chosen)
        self.older, self.last = first.case, rest[-1]
        self.case = Case.objects.select_related("conversation").get(pk=entry.target_id or 0)
        self.by: dict[str, Any] = {"case_id": self.case.pk, "agent": self.agents[0]}
        self.ids: Ids = {
            "case_id": self.case.pk, "other_id": self.older.pk, "message_id": self.last.pk,
            "rearrangement_id": entry.pk, "macro_id": self.macro.pk,
        }  # fmt: skip


# -- what must be there first
def _scheduled(scene: Scene) -> Ids:
    at = timezone.now() + timedelta(days=1)
    return {"message_id": answer(scene.case, scene.agents[0], send_at=at).pk}


def _ended(scene: Scene, *, state: str) -> Ids:
    sent = answer(scene.case, scene.agents[0]).deliveries.get()
    Delivery.objects.filter(pk=sent.pk).update(state=state)
    sent.recipients.update(state=state)
    return {"delivery_id": sent.pk}


def _stranger(scene: Scene) -> Ids:
    receive(scene.support, f"mal.{scene.sender}", "I", tokens=[scene.case.reply_token])
    return {"participant_id": Participant.objects.get(case=scene.case).pk}


def _forward(scene: Scene) -> Ids:
    said = {"from": f"eve.{scene.sender}", "name": "Eve", "text": "Where is it?", "note": ""}
    found = receive(scene.support, scene.agents[0].email, f"Fwd {scene.sender}", forwarded=said)
    scene.case = found.case
    return {"message_id": found.pk, "case_id": found.case_id}


def _given(scene: Scene) -> Ids:
    ids = _forward(scene)
    forwards.give(**ids, agent=scene.agents[0])
    scene.case = Case.objects.select_related("conversation").get(pk=ids["case_id"])
    return ids


def _off(scene: Scene) -> Ids:
    snooze.snooze(**scene.by, until=timezone.now() + timedelta(days=1))
    return {}


READY: dict[str, Callable[[Scene], Any]] = {
    "accept": _stranger,
    "arrived": partial(_ended, state="unknown"),
    "cancel": _scheduled,
    "give": _forward,
    "not-spam": lambda scene: status.mark_spam(**scene.by),
    "reopen": lambda scene: status.resolve(**scene.by),
    "send-again": partial(_ended, state="failed"),
    "send-now": _scheduled,
    "take-back": _given,
    "unblock": lambda scene: blocking.block_sender(**scene.by),
    "unsnooze": _off,
}


# -- what each says
Said = dict[str, Any]
SAYS: dict[str, Callable[[Scene, Agent], Said]] = {
    "assign": lambda _, me: {"assignee": me.pk},
    "begin": lambda *_: {},
    "block": lambda *_: {},
    "forward": lambda scene, me: {
        "words": f"Look, says {me}", "to": "lab@out.example", "m": scene.last.pk,
    },
    "merge-with": lambda *_: {"what": "cases"},
    "messages": lambda scene, me: {"kind": "message", "text": f"I am {me}", "to": scene.sender},
    "move": lambda scene, _: {"team": scene.warranty.pk},
    "not-spam": lambda *_: {},
    "priority": lambda _, me: {"priority": 1 if me.first_name == "Priya" else 2},
    "put-back": lambda *_: {},
    "redact": lambda scene, _: {"number": scene.case.pk, "cause": "private"},
    "rename": lambda _, me: {"topic": f"As {me} calls it"},
    "reopen": lambda *_: {},
    "resolve": lambda *_: {},
    "run-macro": lambda *_: {},
    "snooze": lambda *_: {"until": (timezone.now() + timedelta(days=2)).isoformat()},
    "spam": lambda *_: {},
    "split": lambda scene, _: {"m": scene.last.pk, "into": "new"},
    "tags": lambda _, me: {"tags": f"by {me}"},
    "take": lambda *_: {},
    "unblock": lambda *_: {},
    "unsnooze": lambda *_: {},
    "accept": lambda *_: {},
    "arrived": lambda *_: {},
    "cancel": lambda *_: {},
    "give": lambda *_: {},
    "send-again": lambda *_: {},
    "send-now": lambda *_: {},
    "take-back": lambda *_: {},
}  # fmt: skip
LOOKS = {"merge"}
"""Among the addresses of those who work a case, but only read."""
LINKS = {"ask", "end-asking", "go-on"}
"""They make or end a link of the agent's own, and put words into their own draft."""
HEADER = {
    "assign", "block", "merge-with", "move", "not-spam", "priority", "rename", "reopen", "resolve",
    "run-macro", "snooze", "spam", "split", "tags", "take", "unblock", "unsnooze",
}  # fmt: skip
"""They change what the page says of the case: of two who saw the same, one wins."""
ONCE = {"redact", "give", "take-back", "cancel", "send-now", "messages"}
"""They can be done only once, or with open eyes: the second is told who did it."""
IDLE = ("reopen", "resolve")
"""The case is resolved: whoever resolves it first does nothing, and the other reopens it."""
BOTH = {"forward", "accept", "begin"}
"""Done twice, or the same whoever does it: nobody loses."""
ADDS = {"messages", "forward"}
RIVALS = ("resolve", "move", "assign", "merge-with", "redact", "split")
ELSEWHERE = {"give", "take-back"}
"""Their case is another one, alone in its thread, of one message."""
MEANWHILE = ("moved these messages", "merged these", "undid this", "answered meanwhile")
"""What was done, where the refusal is about that alone."""


def pairs() -> list[tuple[str, str]]:
    """Each with itself, and with its rivals."""
    same = [(name, name) for name in sorted(SAYS)]
    rivals = [
        (name, rival)
        for name, rival in product(sorted(SAYS), RIVALS)
        if name != rival and not (rival in SAYS and name in RIVALS and name > rival)
        if not (name in ELSEWHERE and rival in {"merge-with", "split", "redact"})
    ]
    return same + rivals


def test_every_acting_address_has_a_rule() -> None:
    assert set(SAYS) | LOOKS | LINKS == WORKS | NOTES


@pytest.fixture
def stage(support: Channel, warranty: Team) -> Callable[[], Scene]:
    """Scenes for two agents who work for both teams."""
    agents = make_agent("Lena Ortiz", warranty), make_agent("Priya Nair", warranty)
    browsers = Client(headers={"HX-Request": "true"}), Client(headers={"HX-Request": "true"})
    for browser, agent in zip(browsers, agents, strict=True):
        browser.force_login(agent)
        browser.raise_request_exception = False
    macro = Macro.objects.create(name="Closed", add_tags="closed", priority=1, resolves=True)
    return partial(Scene, support, warranty, agents, browsers, macro)


def meet(scene: Scene, pair: tuple[str, str]) -> list[str]:
    """Let two act at once; what is wrong with what became of it."""
    ids = {name: {**scene.ids, **_ready(scene, name)} for name in sorted(set(pair))}
    seen = Case.objects.get(pk=scene.case.pk).conversation.revision
    before, words = footprint(), said_by_customers()

    def post(place: int) -> Any:
        name, me = pair[place], scene.agents[place]
        said = {"seen": seen, "client_id": str(uuid.uuid4()), **SAYS[name](scene, me)}
        return scene.browsers[place].post(address(names()[name], "inbox", **ids[name]), said)

    found = at_once([partial(post, place) for place in (0, 1)])
    statuses = [getattr(answered, "status_code", answered) for answered in found]
    if not set(statuses) <= DONE | TOLD:
        return [f"broke: {statuses}"]
    won = [name for name, code in zip(pair, statuses, strict=True) if code in DONE]
    wrong = [*_outcome(scene, pair, found), *_is_whole(scene, seen)]
    added = sum(name in ADDS for name in won)
    if set(pair) & ELSEWHERE == set() and footprint() != tuple(n + added for n in before):
        wrong.append(f"lost: {before} {footprint()} {won}")
    if not set(pair) & {"redact", *ELSEWHERE} and said_by_customers() != words:
        wrong.append("words lost")
    return wrong


def _ready(scene: Scene, name: str) -> Ids:
    made = READY[name](scene) if name in READY else {}
    return made if isinstance(made, dict) else {}


def footprint() -> tuple[int, int]:
    spoken = Message.objects.filter(kind__in=["message", "note"])
    return spoken.count(), Delivery.objects.count()


def said_by_customers() -> Counter[str]:
    return Counter(Message.objects.filter(identity__isnull=False).values_list("text", flat=True))


def _outcome(scene: Scene, pair: tuple[str, str], found: list[Any]) -> list[str]:
    losers = [place for place in (0, 1) if found[place].status_code not in DONE]
    said = [(found[place].status_code, words_of(found[place])) for place in losers]
    if len(losers) > 1:
        return [f"nobody won: {said}"]
    if set(pair) <= HEADER and len(losers) != 1 and pair != IDLE:
        return ["both won"]
    if set(pair) <= BOTH and losers:
        return [f"lost for nothing: {said}"]
    if not losers:
        return []
    is_doubled = pair[0] == pair[1] and pair[0] in ONCE
    if not is_doubled and not set(pair) <= HEADER:
        # what is there already, or not any more, is said as such
        return [] if said[0][0] in TOLD and words_of(found[losers[0]]).strip() else [f"{said}"]
    winner = scene.agents[1 - losers[0]]
    words = said[0][1]
    is_told = any(line in words for line in _lines(winner)) or _is_meant(words)
    is_named = str(winner) in words
    return [] if said[0][0] == 409 and is_named and is_told else [f"not told: {said}"]


def words_of(answered: Any) -> str:
    return unescape(answered.content.decode())


def _lines(agent: Agent) -> list[str]:
    """What an agent did last, as the threads say it."""
    last = Message.objects.filter(kind="activity", agent=agent).order_by("-pk")[:3]
    return [texts.activity(line.code, line.params, who=str(agent)) for line in last]


def _is_meant(words: str) -> bool:
    return any(what in words for what in MEANWHILE)


def _is_whole(scene: Scene, seen: int) -> list[str]:
    wrong = []
    for conversation in Conversation.objects.filter(cases__messages__isnull=False).distinct():
        steps = Change.objects.filter(conversation=conversation).order_by("revision")
        revisions = list(steps.values_list("revision", flat=True))
        if revisions != sorted(set(revisions)) or revisions[-1] != conversation.revision:
            wrong.append(f"steps of {conversation.pk}: {revisions} {conversation.revision}")
    rows = Message.objects.select_related("case")
    if any(m.conversation_id != m.case.conversation_id or m.case.merged_into_id for m in rows):
        wrong.append("torn")
    case = Case.objects.get(pk=Case.objects.survivor_of(scene.case.pk))
    is_same = case.conversation_id == scene.case.conversation_id
    resets = Change.objects.filter(
        conversation=case.conversation_id, kind="reset", revision__gt=seen
    )
    if is_same and not resets.exists() and replay.since(case, seen) is None:
        wrong.append("no replay")
    return wrong


def wrongs(stage: Callable[[], Scene], chosen: list[tuple[str, str]]) -> dict[str, list[str]]:
    met = {" + ".join(pair): meet(stage(), pair) for pair in chosen}
    return {pair: wrong for pair, wrong in met.items() if wrong}


def test_two_at_once_on_everything_lose_nothing(stage: Callable[[], Scene]) -> None:
    assert not wrongs(stage, pairs()[::13])


def test_what_is_done_once_says_who_did_it(stage: Callable[[], Scene]) -> None:
    assert not wrongs(stage, [(name, name) for name in sorted({*ONCE, "run-macro"})])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SAYS))
def test_every_pair_loses_nothing(stage: Callable[[], Scene], name: str) -> None:
    assert not wrongs(stage, [pair for pair in pairs() if pair[0] == name])
