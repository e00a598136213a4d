"""How a use-case says no. Codes and params are rendered in the reader's language."""

from __future__ import annotations


class Refused(Exception):
    """The request cannot be carried out; nothing was changed."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Forbidden(Refused):
    """The agent may not do this here."""


class Conflict(Refused):
    """Somebody else was first. `params` say who and what."""
