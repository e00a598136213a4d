"""Have the child look at one file: a fresh interpreter with limits, in a folder of its own."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from conversations.media import shutting
from conversations.media.words import CODES, Found, Job, Unshowable

CHILD = Path(__file__).with_name("child.py")
MEMORY = 1536 << 20
CPU = {"picture": 20, "probe": 30, "film": 540, "doors": 5}
"""Seconds, by step."""
WALL = {"picture": 40.0, "probe": 40.0, "film": 570.0, "doors": 30.0}
PICTURE_SIZE = 64 << 20
"""Bytes of what is drawn of a picture, or of a film's first."""
BEAT = 2.0
"""Seconds between two looks at whether it is still wanted."""
LEFT = 3600.0
"""Seconds after which a folder has lost whoever made it."""
_SAID = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the child found, and the files that it made; None where it made none."""

    found: Found
    poster: Path | None
    preview: Path | None
    left_open: tuple[str, ...]
    """Of `shutting.DOORS`, those that the system could not shut behind it."""


class Unwanted(Exception):
    """Nobody waits for it any more; it was stopped."""


@contextmanager
def folder(under: Path) -> Iterator[Path]:
    """A folder for one child, gone afterwards."""
    made = under / secrets.token_hex(12)
    under.mkdir(mode=0o700, parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clear(under: Path) -> int:
    """Take away the folders of processes that were killed. Returns how many."""
    if not under.is_dir():
        return 0
    old = [one for one in under.iterdir() if one.stat().st_mtime < time.time() - LEFT]
    for one in old:
        shutil.rmtree(one, ignore_errors=True)
    return len(old)


def largest(step: str, size: int) -> int:
    """Bytes that the child may write into one file, for a source of so many."""
    return 2 * size + PICTURE_SIZE if step == "film" else PICTURE_SIZE


def look(
    source: BinaryIO, *, step: str, kind: str, at: Path, is_wanted: Callable[[], bool]
) -> Seen:
    """`source` must be a real file of the system. Raises Unshowable, and Unwanted."""
    size = source.seek(0, 2)
    source.seek(0)
    job = Job(
        step=step,
        type=kind,
        cpu=CPU[step],
        memory=MEMORY,
        largest=largest(step, size),
    )
    argv = [sys.executable, "-I", str(CHILD), json.dumps(asdict(job))]
    if sys.pycache_prefix:
        argv[1:1] = ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    child = subprocess.Popen(
        argv,
        cwd=at,
        env={"LANG": "C.UTF-8"},
        stdin=source,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        ended = _wait(child, time.monotonic() + WALL[step], is_wanted)
    finally:
        child.kill()
        child.wait()
    return _understood(at, ended)


def _wait(child: subprocess.Popen[bytes], until: float, is_wanted: Callable[[], bool]) -> int:
    """How it ended, as Popen has it."""
    while True:
        try:
            return child.wait(timeout=BEAT)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise Unshowable("too_slow") from None
            if not is_wanted():
                raise Unwanted from None


def _understood(at: Path, ended: int) -> Seen:
    if ended in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise Unshowable("too_slow")
    if ended == -signal.SIGXFSZ:
        raise Unshowable("too_large")
    said = _said(at)
    code = said.get("code")
    if code is not None:
        raise Unshowable(code if code in CODES else "crashed")
    return Seen(
        found=_found(said.get("found")),
        poster=_made(at / "poster"),
        preview=_made(at / "preview"),
        left_open=_doors(said.get("open")),
    )


def _doors(said: object) -> tuple[str, ...]:
    """All of them where it does not say."""
    told = said if isinstance(said, list) else shutting.DOORS
    return tuple(door for door in shutting.DOORS if door in told)


def _said(at: Path) -> dict[str, object]:
    """It has read hostile bytes: what it says is looked at, not believed."""
    try:
        with (at / "said").open("rb") as file:
            said = json.loads(file.read(_SAID))
    except (OSError, ValueError) as error:
        raise Unshowable("crashed") from error
    if not isinstance(said, dict):
        raise Unshowable("crashed")
    return said


def _found(said: object) -> Found:
    try:
        found = Found(**said) if isinstance(said, dict) else None
    except TypeError:
        found = None
    if found is None or not _is_sane(found):
        raise Unshowable("crashed")
    return found


def _is_sane(found: Found) -> bool:
    whole = (found.width, found.height, found.rotation)
    return (
        all(type(number) is int and 0 <= number <= 1 << 17 for number in whole)
        and type(found.seconds) in {int, float}
        and 0 <= found.seconds < 1 << 31
        and type(found.codecs) is str
        and len(found.codecs) <= 60  # noqa: PLR2004 -- as the column
        and type(found.is_film) is bool
    )


def _made(path: Path) -> Path | None:
    """A plain file with something in it, and no link to another."""
    is_file = path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1
    return path if is_file and path.stat().st_size else None
