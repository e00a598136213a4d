"""Read hostile input in a process of its own, with limits: what hangs or dies there is one event.

The child is forked from the caller, so that it costs milliseconds; it touches no connection that
it inherits, and leaves without a word to any of them.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable

from conversations.adapters import wire
from conversations.adapters.base import ChannelAdapter, Malformed
from conversations.adapters.messages import Event, RawEvent

CPU_SECONDS = 20
MEMORY = 512 * 1024 * 1024
"""Bytes of address space beyond what the caller had."""
WALL_SECONDS = 60.0
"""For a child that neither works nor ends."""
_FINE, _MALFORMED, _CRASHED = b"+", b"?", b"!"
_CHUNK = 1 << 20


class Crashed(Exception):
    """The child failed in a way that nobody foresaw: its traceback, or the signal it ended by."""


def normalize(adapter: ChannelAdapter, raw: RawEvent) -> tuple[Event, ...]:
    """`adapter.normalize(raw)`, apart. Raises Malformed as it does, and as `run` does; Crashed."""
    return wire.from_bytes(run(lambda: wire.to_bytes(adapter.normalize(raw))))


def run(work: Callable[[], bytes]) -> bytes:
    """What `work` returns, computed in a child.

    Raises Malformed as `work` does, or with `too_slow` or `too_much_memory` when it goes beyond a
    limit, and Crashed for every other end.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work(work, writing)
    os.close(writing)
    try:
        said, is_whole = _heard(reading, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(reading)
    return _understood(said, _ended(child, is_whole=is_whole))


def _work(work: Callable[[], bytes], writing: int) -> None:
    """In the child: never returns, and runs nobody's clean-up."""
    try:
        _close_all_but(writing)
        _limit()
        _say(writing, _FINE + work())
    except Malformed as reason:
        said = {"code": reason.code, "words": reason.words, "params": reason.params}
        _say(writing, _MALFORMED + json.dumps(said, default=str).encode())
    except MemoryError:
        _say(writing, _MALFORMED + b'{"code": "too_much_memory", "words": "", "params": {}}')
    except BaseException:  # noqa: BLE001 -- told to the parent, who counts it
        _say(writing, _CRASHED + traceback.format_exc()[-4000:].encode("utf-8", "replace"))
    finally:
        os._exit(0)


def _close_all_but(writing: int) -> None:
    """No connection of the caller's is in reach of what is read."""
    os.closerange(3, writing)
    os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))


def _limit() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    size = _address_space() + MEMORY
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or size < hard:
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))


def _address_space() -> int:
    """Bytes that the process has mapped; nothing on systems without /proc."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 -- no imports in a child
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 40


def _say(writing: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(writing, rest[:_CHUNK]) :]


def _heard(reading: int, until: float) -> tuple[bytes, bool]:
    """What the child said, and whether it came to an end before the deadline."""
    chunks: list[bytes] = []
    while (left := until - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return b"".join(chunks), True
        chunks.append(chunk)
    return b"".join(chunks), False


def _ended(child: int, *, is_whole: bool) -> int:
    """The signal that ended the child; 0 for none. One that is late is stopped."""
    if not is_whole:
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    if not is_whole:
        return signal.SIGXCPU
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _understood(said: bytes, ended_by: int) -> bytes:
    if ended_by == signal.SIGXCPU:
        raise Malformed("too_slow", seconds=CPU_SECONDS)
    mark, rest = said[:1], said[1:]
    if ended_by or mark not in {_FINE, _MALFORMED, _CRASHED}:
        raise Crashed(f"ended by signal {ended_by}")
    if mark == _CRASHED:
        raise Crashed(rest.decode("utf-8", "replace"))
    if mark == _MALFORMED:
        reason = json.loads(rest)
        raise Malformed(reason["code"], words=reason["words"], **reason["params"])
    return rest
