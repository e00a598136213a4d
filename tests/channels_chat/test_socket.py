"""The visitors' socket over a real server: doors, order, and nothing lost or doubled by a cut."""

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from channels_chat import visitors
from channels_chat.models import ChatSettings, Visitor
from conversations.models import Agent, Case, Message
from tests.channels_chat.conftest import SHOP
from tests.channels_chat.talk import Socket
from tests.people import answer

pytestmark = pytest.mark.django_db(transaction=True)
Enter = Callable[..., Socket]


@pytest.fixture
def enter(live: str, chat: ChatSettings) -> Iterator[Enter]:
    opened: list[Socket] = []

    def go(token: str = "") -> Socket:
        opened.append(Socket(live, chat, token))
        return opened[-1]

    yield go
    for socket in opened:
        socket.close()


@pytest.fixture
def dana(enter: Enter) -> Socket:
    socket = enter()
    socket.open()
    socket.begin()
    return socket


def test_what_is_said_and_answered_is_shown_in_every_tab(
    enter: Enter, dana: Socket, priya: Agent
) -> None:
    other = enter(dana.token)
    other.open()
    client = dana.say("Hello")
    ack = dana.until("ack", id=client)
    dana.until_shown("Hello")
    assert dana.shown[ack["message"]]["client"] == client
    answer(Case.objects.get(), priya, "Hello Dana")
    for tab in (dana, other):
        tab.until_shown("Hello Dana")
        assert tab.texts == ["Hello", "Hello Dana"]


def test_a_site_that_is_not_named_is_not_let_in(enter: Enter, chat: ChatSettings) -> None:
    for origin in ("https://evil.example", "https://shop.example.evil.example", "null", None):
        with pytest.raises(InvalidStatus):
            enter().open(origin=origin)
    enter().open(origin=SHOP)
    inside = enter()
    door = inside.open()
    inside.begin()
    type(chat.channel).objects.update(is_active=False)
    inside.say("Hello")
    with pytest.raises(ConnectionClosed):
        _hear_all(door)
    assert door.close_code == 4403
    with pytest.raises(InvalidStatus):
        enter().open(origin=SHOP)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", 4400),
        ("[]", 4400),
        (json.dumps({"type": "say"}), 4400),
        (b"\x00", 4400),
        (json.dumps({"type": "hello", "token": "x" * 50_000}), 4413),
    ],
)
def test_what_is_no_greeting_ends_the_socket(enter: Enter, frame: str | bytes, code: int) -> None:
    door = enter().open(hello=False)
    door.send(frame)
    with pytest.raises(ConnectionClosed):
        door.recv(timeout=10)
    assert door.close_code == code


def test_too_many_frames_end_the_socket(enter: Enter) -> None:
    door = enter().open()
    with pytest.raises(ConnectionClosed):
        _shout(door)
    assert door.close_code == 4429


def test_a_token_that_was_replaced_in_another_tab_is_dead(enter: Enter, dana: Socket) -> None:
    door = enter(dana.token).open()
    visitors.rotate(Visitor.objects.get())
    with pytest.raises(ConnectionClosed):
        _hear_all(door)
    assert door.close_code == 4401


def _hear_all(door: ClientConnection) -> None:
    while True:
        door.recv(timeout=10)


def _shout(door: ClientConnection) -> None:
    for _ in range(200):
        door.send(json.dumps({"type": "unknown"}))
    _hear_all(door)


def come_and_go(dana: Socket, priya: Agent, times: int) -> None:
    """Both sides write while the visitor's network is cut again and again."""
    dana.until("ack", id=dana.say("0"))
    case = Case.objects.get()
    ours = threading.Thread(target=_write, args=(case, priya, times))
    ours.start()
    for number in range(1, times + 1):
        client = dana.say(str(number))
        dana.cut()
        dana.open()
        dana.say(str(number), client)
        dana.until("ack", id=client)
    ours.join()
    dana.cut()
    dana.open()


def _write(case: Case, priya: Agent, times: int) -> None:
    for number in range(times):
        answer(case, priya, f"ours {number}")
    connection.close()


def is_whole(dana: Socket, times: int) -> None:
    in_order = Message.objects.filter(kind="message").order_by("sorted_at", "id")
    kept = list(in_order.values_list("text", flat=True))
    assert dana.texts == kept
    assert [text for text in kept if text.isdigit()] == [str(n) for n in range(times + 1)]
    assert [text for text in kept if not text.isdigit()] == [f"ours {n}" for n in range(times)]


def test_cuts_lose_and_double_nothing(dana: Socket, priya: Agent) -> None:
    come_and_go(dana, priya, 6)
    is_whole(dana, 6)


@pytest.mark.slow
def test_fifty_cuts_lose_and_double_nothing(
    dana: Socket, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_chat.flood.SAID_BY_VISITOR", 0)
    come_and_go(dana, priya, 50)
    is_whole(dana, 50)
