"""The desk of the inbox's tests, seen by somebody who means harm."""

from tests.cast import legal, marco, paper_provider, priya, team, warranty
from tests.inbox.conftest import desk, htmx, provider, support

__all__ = [
    "desk",
    "htmx",
    "legal",
    "marco",
    "paper_provider",
    "priya",
    "provider",
    "support",
    "team",
    "warranty",
]
