"""What is made of a mail, as labelled lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST = 2000
"""Characters of a text that are shown."""
KINDS: dict[str | None, _StrPromise] = {
    "message": _("A person's message"),
    "bounce": _("A bounce"),
    "auto_reply": _("An automatic reply"),
    "list": _("A list's mail"),
    "own": _("Our own mail"),
    None: _("It cannot be read"),
}
GRADES = {
    "pass": _("sender proven"),
    "none": _("sender not checked"),
    "fail": _("check failed"),
}


def rows(found: Mapping[str, Any]) -> list[tuple[_StrPromise | str, str]]:
    """(label, text) of what `explain` says; what is empty is left out."""
    sender = found.get("from") or {}
    bounce = found.get("bounce") or {}
    every = (
        (_("Kind"), str(KINDS.get(found["kind"], found["kind"]))),
        (_("Reason"), str((found.get("quarantine") or {}).get("code", ""))),
        (_("From"), _address(sender)),
        (_("Sender"), str(GRADES.get(sender.get("grade", ""), ""))),
        (_("To"), _addresses(found.get("to", ()))),
        (_("Cc"), _addresses(found.get("cc", ()))),
        (_("Subject"), found.get("subject", "")),
        (_("What they wrote"), found.get("text", "")[:LONGEST]),
        (_("Folded away"), found.get("folded", "")[:LONGEST]),
        (_("Attachments"), _files(found.get("attachments", ()))),
        (_("Answers"), found.get("in_reply_to", "")),
        (_("Came back from"), _lines(bounce.get("recipients", ()))),
    )
    return [(label, text) for label, text in every if text.strip()]


def _address(address: Mapping[str, str]) -> str:
    name, value = address.get("name", ""), address.get("address", "")
    return f"{name} <{value}>" if name and value else name or value


def _addresses(found: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(map(_address, found))


def _files(found: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{f['name']} ({f['type']}, {filesizeformat(f['size'])})" for f in found)


def _lines(recipients: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{r['recipient']} {r['status']} {r['words']}".strip() for r in recipients)
