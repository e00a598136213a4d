"""Files on their way in, below MEDIA_ROOT/uploads: under our own numbers, for this user alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings

from conversations.faults import failpoint

READ = 1024 * 1024
PROOF = 64 * READ
"""Bytes that are hashed between two signs of life."""


class Short(Exception):
    """Less is there than was synced: the disk has lost it."""


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "uploads"


def path(number: UUID) -> Path:
    return folder() / f"{number.hex}.part"


def make(number: UUID) -> None:
    """An empty file. Raises OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    descriptor = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(number: UUID, offset: int, pieces: Sequence[bytes]) -> None:
    """Put bytes behind the first `offset` ones, and sync. What stood there was never promised.

    Raises Short, or OSError when the disk cannot take them.
    """
    try:
        part = path(number).open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise Short from error
    with part as file:
        there = file.seek(0, os.SEEK_END)
        if there < offset:
            raise Short
        if there > offset:
            file.truncate(offset)
        file.seek(offset)
        left = memoryview(b"".join(pieces))
        while left:
            left = left[file.write(left) or 0 :]
        failpoint("upload.after_write")
        os.fsync(file.fileno())
    failpoint("upload.after_sync")


def digest(number: UUID, length: int, *, alive: Callable[[], None]) -> str:
    """SHA-256 (hex) of the first `length` bytes, which are all; calls `alive` now and then.

    Raises Short.
    """
    made, seen, told = hashlib.sha256(), 0, 0
    try:
        with path(number).open("r+b", buffering=0) as file:
            file.truncate(min(length, file.seek(0, os.SEEK_END)))
            file.seek(0)
            while piece := file.read(READ):
                made.update(piece)
                seen += len(piece)
                if seen - told >= PROOF:
                    told = seen
                    alive()
    except FileNotFoundError as error:
        raise Short from error
    if seen != length:
        raise Short
    return made.hexdigest()


def remove(number: UUID) -> None:
    path(number).unlink(missing_ok=True)


def numbers() -> Iterator[tuple[UUID, float]]:
    """Those that are there, and when each was last written (seconds since the epoch)."""
    if not folder().is_dir():
        return
    for file in folder().glob("*.part"):
        try:
            yield UUID(hex=file.stem), file.stat().st_mtime
        except (ValueError, FileNotFoundError):
            continue
