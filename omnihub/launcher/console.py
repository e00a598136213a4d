"""What people see while they wait. Standard library only: it runs before the environment exists."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(text: str) -> Iterator[None]:
    """`text… 1.2 s` on standard error; on a terminal the text stands there while it lasts."""
    began, waiting = time.monotonic(), sys.stderr.isatty()
    if waiting:
        say(f"{text}…", end="")
    try:
        yield
    except BaseException:
        if waiting:
            say("")
        raise
    say(f"{'' if waiting else text + '…'} {time.monotonic() - began:.1f} s")


def say(text: str, end: str = "\n") -> None:
    """One line for people; never on standard output, which belongs to results."""
    sys.stderr.write(text + end)
    sys.stderr.flush()
