"""The demo's logins: made anew for each installation, and kept where only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from django.conf import settings

from demo.people import WORKERS

WORDS = (
    "amber", "birch", "cedar", "clover", "coral", "dune", "ember", "fern", "flint", "grove",
    "harbor", "hazel", "heron", "indigo", "ivory", "juniper", "lagoon", "lark", "linen", "maple",
    "meadow", "mint", "opal", "otter", "pebble", "pine", "quartz", "river", "saffron", "sorrel",
    "thistle", "willow",
)  # fmt: skip


def make_password() -> str:
    """Easy to type, and not the same on two hubs: somebody may open this one to a network."""
    words = "-".join(secrets.choice(WORDS) for _ in range(3))
    return f"{words}-{secrets.randbelow(90) + 10}"


def write(password: str) -> Path:
    """`demo_logins.json` in the data folder, for its owner alone."""
    path = Path(settings.OMNIHUB_DATA) / "demo_logins.json"
    logins = [
        {
            "name": worker.name,
            "email": worker.email,
            "username": worker.username,
            "password": password,
            "role": str(worker.role),
        }
        for worker in WORKERS
    ]
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(logins, file, indent=2)
    part.rename(path)
    return path
