"""The program that looks at one file and ends: `python -I child.py JOB`, see `running`.

Standard input is the file; the folder it stands in takes what it makes. It has no network, no
descriptor and no secret of the hub's, and writes one JSON object to `said` when it is done.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conversations.media import shutting
from conversations.media.words import Found, Job, Unshowable


def main(words: str) -> None:
    job = Job(**json.loads(words))
    os.nice(10)
    os.umask(0o077)
    left = [] if shutting.off_the_net() else [shutting.NETWORK]
    shutting.with_the_parent()
    _limit(job)
    said = {**_looked(job, left), "open": left}
    Path("said").write_text(json.dumps(said), encoding="utf-8")


def _limit(job: Job) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_CPU, job.cpu)
    _bound(resource.RLIMIT_FSIZE, job.largest)
    # macOS knows this one by name only; the others bound it there
    with suppress(ValueError, OSError):
        _bound(resource.RLIMIT_AS, job.memory)


def _bound(which: int, most: int) -> None:
    """No more than so much, nor than whoever started the hub allows."""
    _soft, hard = resource.getrlimit(which)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (least, least))


def _looked(job: Job, left: list[str]) -> dict[str, object]:
    """`left` takes the doors that could not be shut."""
    try:
        with open(0, "rb", buffering=1 << 20, closefd=False) as source:
            return {"found": _look(job, source, left).as_json()}
    except Unshowable as reason:
        return {"code": reason.code}
    except MemoryError:
        return {"code": "too_much_memory"}


def _look(job: Job, source: BinaryIO, left: list[str]) -> Found:
    # each library takes some tenths of a second to load: only the one that is needed
    if job.step == "doors":
        left += shutting.off_the_files()
        return Found()
    if job.step == "picture":
        from conversations.media import pictures

        left += shutting.off_the_files()
        return pictures.draw(source)
    from conversations.media import films

    left += shutting.off_the_files()
    return films.probe(source, job.type) if job.step == "probe" else films.prepare(source, job.type)


if __name__ == "__main__":
    main(sys.argv[1])
