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
_WHICH_EDITION, _BELOW = 1, 1
_READ = 1 << 2 | 1 << 3
"""What reading files and folders needs."""
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""What each edition of Landlock learnt to forbid: making, writing, reading and so on; moving
elsewhere; emptying by name; talking to devices."""
_TRUNCATES, _NETS, _SCOPES = 3, 4, 6
"""The editions that learnt of emptying, of TCP, and of what lies outside: signals and sockets
without a name."""
_TCP, _OUTSIDE = 3, 3

NETWORK, FILES, TRUNCATING, SIGNALS = "network", "files", "truncating", "signals"
DOORS = (NETWORK, FILES, TRUNCATING, SIGNALS)


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


def off_the_files() -> list[str]:
    """From here on, no file but those in the folder it stands in, and Python's own, which it may
    read; no TCP, and no signal to others. Returns which doors this system leaves open."""
    library = _library()
    edition = library.syscall(_CREATE, None, 0, _WHICH_EDITION) if library is not None else 0
    if library is None or edition < 1 or not _shut(library, edition):
        return [FILES, TRUNCATING, SIGNALS]
    learnt = {TRUNCATING: _TRUNCATES, SIGNALS: _SCOPES}
    return [door for door, since in learnt.items() if edition < since]


def _shut(library: ctypes.CDLL, edition: int) -> bool:
    files = sum(rights for since, rights in _FILES.items() if since <= edition)
    wanted = [files]
    wanted += [_TCP] if edition >= _NETS else []
    wanted += [_OUTSIDE] if edition >= _SCOPES else []
    asked = struct.pack(f"{len(wanted)}Q", *wanted)
    rules = library.syscall(_CREATE, asked, len(asked), 0)
    if rules < 0:
        return False
    try:
        if library.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0) != 0:
            return False
        folders = {".": files, sys.prefix: _READ, sys.base_prefix: _READ}
        is_whole = all(_allow(library, rules, *folder) for folder in folders.items())
        return is_whole and library.syscall(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


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
