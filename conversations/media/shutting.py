"""Doors that the child shuts behind itself, where the system has them."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_PARENT_DIES, _NO_NEW_RIGHTS = 1, 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls of Landlock, the same on every architecture."""
_BELOW = 1
_EVERYTHING, _READ = (1 << 13) - 1, 1 << 2 | 1 << 3
"""All that its first edition can forbid, and of that what reading files and folders needs."""


def off_the_net() -> bool:
    """A network of its own, with nothing in it. False where the system does not give one: a
    container without user namespaces, macOS."""
    library = _library()
    if library is None:
        return False
    return any(library.unshare(how) == 0 for how in (_NEW_NET, _NEW_USER | _NEW_NET))


def with_the_parent() -> None:
    """Nobody waits for what a killed hub began."""
    library = _library()
    if library is not None:
        library.prctl(_PARENT_DIES, signal.SIGKILL)


def off_the_files() -> bool:
    """From here on, no file but those in the folder it stands in, and Python's own, which it may
    read. False without Landlock."""
    library = _library()
    if library is None:
        return False
    rules = library.syscall(_CREATE, struct.pack("Q", _EVERYTHING), 8, 0)
    if rules < 0:
        return False
    library.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    folders = {".": _EVERYTHING, sys.prefix: _READ, sys.base_prefix: _READ}
    is_whole = all(_allow(library, rules, *folder) for folder in folders.items())
    is_shut = is_whole and library.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return is_shut


def _allow(library: ctypes.CDLL, rules: int, folder: str, rights: int) -> bool:
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # the struct is packed: 64 bits of what is allowed, then the folder
        done: int = library.syscall(_ADD, rules, _BELOW, struct.pack("=Qi", rights, here), 0)
        return done == 0
    finally:
        os.close(here)


def _library() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
