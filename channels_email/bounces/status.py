"""A status code (RFC 3463) for every failure, and what it means to whoever writes next."""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?:(?<![\w.\-/])|(?<=[245]\d\d-))([245]\.[0-7]\.\d{1,3})(?!\d|\.\d)")
_REPLY = re.compile(r"(?:^|[\s:\[(<])([45])[0-5]\d(?=[ \-,:;\])]|$)", re.MULTILINE)
_VAGUE = re.compile(r"[245]\.(?:0\.0|4\.7)")
_BROAD = re.compile(r"[245]\.\d\.0")
"""Codes that say nothing (something, the time ran out) or little (something of that kind)."""

_SAID = {
    "2.2": (
        r"quota|mailbox (?:is |was )?(?:too )?full|full mailbox|mailbox.{0,40}exceed|"
        r"exceeded (?:the |their |his |its )?(?:storage|mailbox|local limit|allotted)|"
        r"(?:over|out of|insufficient|not enough) (?:disk |mail ?box |storage |system )|"
        r"too much mail|buz[oó]n.{0,80}llen[oa]|postfach.{0,80}voll|bo[iî]te.{0,80}pleine|"
        r"casella.{0,80}piena|caixa.{0,80}cheia"
    ),
    "3.4": (
        r"(?:message|mail|size|attachment).{0,40}(?:too (?:large|big|long)|exceeds)|"
        r"exceed.{0,40}(?:message )?size|size limit"
    ),
    "4.6": (r"too many hops|mail(?:er)? loop|routing loop|message loop|loops? back|looping"),
    "1.2": (
        r"host(?: name)? (?:is )?(?:unknown|not found|not exist)|unknown host|(?:domain|"
        r"host).{0,60}(?:not found|(?:does|do) ?n[o']t exist|nonexist|lookup fail)|"
        r"no such (?:host|domain)|unroute?able|no mx|name service error|all relevant mx|"
        r"find a gateway|couldn't find any host|bad destination (?:host|system)"
    ),
    "2.1": (
        r"(?:account|mailbox|user|address).{0,50}(?:disabled|suspended|inactive|deactivat|"
        r"discontinued|locked|blocked|expired)|inactive (?:user|account|mailbox)"
    ),
    "1.1": (
        r"(?:user|recipient|mailbox|address|account|destinat\w+|benutzer|utilisateur|usuario"
        r"|utente)[^.\n]{0,60}(?:unknown|not (?:found|listed|known|recogni[sz]ed|exist)|"
        r"n[o']t (?:have|exist)|wasn.?t found|invalid|unbekannt|inconnu|desconocid|"
        r"sconosciut|no existe|n'existe)|(?:unknown|invalid|illegal|no such|bad|nonexist\w+|"
        r"undeliverable)[^.\n]{0,20} ?(?:local )?(?:user|recipient|mailbox|address|account|"
        r"person)|no (?:mailbox|such|account|one) (?:here|by that|user)|not a valid (?:user|"
        r"mailbox)|did not exactly match|no final email delivery|user not|unknown to"
    ),
    "4.7": (
        r"time[d ]?-?out|time limit|queue too long|expired|(?:not|n't) respond|not reachable"
        r"|unable to connect|could ?n[o']t connect|establish an smtp|deferred|retry time|"
        r"refused to talk|connection refused|not been collected|attempts|"
        r"not delivered within|(?:will|shall) be retried|try(?:ing)? again|has been delayed"
    ),
    "7.1": (
        r"spam|virus|block(?:ed|list)|black ?list|polic(?:y|ies)|reject|denied|forbidden|"
        r"dmarc|\bspf\b|dkim|reputation|not (?:allowed|permitted|accept)|refus|permission|"
        r"prohibited|unauthenticated|relay"
    ),
}
_WORDS = {detail: re.compile(said, re.IGNORECASE) for detail, said in _SAID.items()}
"""What is wrong, by the words for it, the surest first."""

_NOTHING = "0.0"

_MEANINGS = (
    ("no_such_mailbox", re.compile(r"5\.1\.(?:0|1|2|3|6|10)$|5\.2\.1$|5\.4\.4$")),
    ("mailbox_full", re.compile(r"[45]\.2\.2$")),
    ("too_large", re.compile(r"5\.(?:2\.3|3\.4)$")),
    ("refused", re.compile(r"[45]\.7\.\d")),
    ("not_reached", re.compile(r"[45]\.4\.\d")),
)


def derive(*, given: str, words: str, action: str) -> str:
    """The best code there is: the one stated, one in the server's words, one that words mean.

    A stated code that says little gives way to a better one of the server.
    """
    stated: list[str] = _ENHANCED.findall(given[:40])[:1]
    if stated and not _VAGUE.fullmatch(stated[0]):
        return stated[0]
    known: list[str] = [*stated, *_ENHANCED.findall(words[:4000])]
    return min(known, key=_vagueness) if known else f"{_class(words, action)}.{_detail(words)}"


def _vagueness(code: str) -> int:
    return 2 if _VAGUE.fullmatch(code) else 1 if _BROAD.fullmatch(code) else 0


def _class(words: str, action: str) -> str:
    reply = _REPLY.search(words[:4000])
    if action in {"delivered", "relayed", "expanded"}:
        return "2"
    return "4" if action == "delayed" else reply[1] if reply else "5"


def _detail(words: str) -> str:
    """The first meaning in the table whose words occur."""
    return next((detail for detail, said in _WORDS.items() if said.search(words[:4000])), _NOTHING)


_DEAD = re.compile(r"5\.1\.(?:1|2|3|6|10)$")


def ends_address(status: str, words: str) -> bool:
    """Whether the address itself is wrong, for good: no full mailbox, no mail refused as spam."""
    return bool(_DEAD.match(status) or (status == "5.0.0" and _detail(words) in {"1.1", "1.2"}))


def is_about_failure(line: str) -> bool:
    """Whether a line has words for something that is wrong with an address or a mail."""
    return _detail(line) != _NOTHING


def meaning(status: str, words: str, action: str) -> str:
    """Our word for a failure; `bounced` where nothing more is known."""
    if action == "delayed":
        return "delayed"
    if status.startswith("2"):
        return ""
    found = next((code for code, shape in _MEANINGS if shape.match(status)), "")
    if not found and status.endswith(".0.0"):
        better = f"{status[0]}.{_detail(words)}"
        found = next((code for code, shape in _MEANINGS if shape.match(better)), "")
    return found or "bounced"
