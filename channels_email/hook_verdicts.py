"""What a provider found out about a mail's sender, and whether it calls the mail spam.

Verdicts are `{"spf" | "dkim" | "dmarc": {"result": "pass" | "fail" | "none" | …, "domain": "…"}}`;
the domain is empty where the provider does not say whose it checked, and left out of DMARC, which
speaks of From alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from channels_email.hook_request import TORN

Verdicts = dict[str, dict[str, str]]

_RESULTS = {"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"}
_CODES = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_AMAZON = {"GRAY": "none", "PROCESSING_FAILED": "temperror"}
_SENDGRID_DKIM = re.compile(r"@([^\s:{},]+)\s*:\s*([a-z]+)", re.IGNORECASE)


def of(provider: str, event: Any, request: HttpRequest) -> tuple[Verdicts, bool]:
    """The verdicts, and whether it is spam in the provider's own words."""
    read = _READERS.get(provider)
    verdicts = read(event, request) if read else {}
    return {name: found for name, found in verdicts.items() if found["result"]}, _is_spam(event)


def _is_spam(event: Any) -> bool:
    flag = str(event.message.get("X-Spam-Status") or event.message.get("X-Spam-Flag") or "")
    return event.message.spam_detected is True or flag.strip().lower().startswith("yes")


def _verdict(result: object, domain: str = "") -> dict[str, str]:
    word = str(result or "").strip().lower()
    return {"result": word if word in _RESULTS else "", "domain": domain.lower().rstrip(".")}


def _domain(address: object) -> str:
    return str(address or "").strip("<> ").rpartition("@")[2]


def _amazon(event: Any, request: HttpRequest) -> Verdicts:
    receipt = _dict(event.esp_event, "receipt")
    source = _domain(event.message.envelope_sender)
    found = {}
    for name in ("spf", "dkim", "dmarc"):
        status = str(_dict(receipt, f"{name}Verdict").get("status") or "")
        found[name] = _verdict(_AMAZON.get(status, status), source if name == "spf" else "")
    del found["dmarc"]["domain"]
    return found


def _mandrill(event: Any, request: HttpRequest) -> Verdicts:
    said = _dict(event.esp_event, "msg")
    spf, dkim = _dict(said, "spf"), _dict(said, "dkim")
    signed = "none" if not dkim.get("signed") else "pass" if dkim.get("valid") else "fail"
    return {
        "spf": _verdict(spf.get("result"), _domain(event.message.envelope_sender)),
        "dkim": _verdict(signed if dkim else ""),
    }


def _sendgrid(event: Any, request: HttpRequest) -> Verdicts:
    found = _SENDGRID_DKIM.findall(request.POST.get("dkim", ""))
    best = next(
        (pair for pair in found if pair[1].lower() == "pass"), next(iter(found), ("", "none"))
    )
    sender = _domain(event.message.envelope_sender)
    verdicts = {
        "spf": _verdict(request.POST.get("SPF"), sender),
        "dkim": _verdict(best[1] if "dkim" in request.POST else "", best[0]),
    }
    return verdicts if _is_said_once(request) else _without_passes(verdicts)


def _is_said_once(request: HttpRequest) -> bool:
    """The boundary between its fields is always the same: a mail may have fields in its words."""
    names = ("dkim", "SPF", "envelope")
    return TORN not in request.POST and all(len(request.POST.getlist(n)) <= 1 for n in names)


def _mailgun(event: Any, request: HttpRequest) -> Verdicts:
    sender = _domain(event.message.envelope_sender)
    return _without_passes(
        {
            "spf": _verdict(_header(event, "X-Mailgun-Spf"), sender),
            "dkim": _verdict(_header(event, "X-Mailgun-Dkim-Check-Result")),
        }
    )


def _mailersend(event: Any, request: HttpRequest) -> Verdicts:
    said = _dict(event.esp_event, "data")
    code = _CODES.get(str(_dict(said, "spf_check").get("code")), "")
    return {"spf": _verdict(code, _domain(event.message.envelope_sender))}


def _postmark(event: Any, request: HttpRequest) -> Verdicts:
    word = _header(event, "Received-SPF").partition(" ")[0]
    return _without_passes({"spf": _verdict(word, _domain(event.message.envelope_sender))})


def _without_passes(found: Verdicts) -> Verdicts:
    """Where a sender may have written them too."""
    return {name: said for name, said in found.items() if said["result"] != "pass"}


def _header(event: Any, name: str) -> str:
    return str(event.message.get(name) or "")


def _dict(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


_READERS = {
    "amazon_ses": _amazon,
    "mandrill": _mandrill,
    "sendgrid": _sendgrid,
    "mailgun": _mailgun,
    "mailersend": _mailersend,
    "postmark": _postmark,
}
