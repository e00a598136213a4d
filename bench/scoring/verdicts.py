"""Who wrote: forged senders never shown as proven, honest ones not called forged; DKIM, ARC, DMARC.

Records come from the cases themselves. Where a source gives none, only what needs none is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.scoring import DOMAIN, Fact, cases, fact, stated, unstated
from bench.scoring._forgeries import (
    SERVER,
    key,
    of_case,
    signed,
    taken_in,
    told,
    with_forged_results,
)
from channels_email.authentication import seals, signatures
from channels_email.authentication.zones import Zones
from channels_email.explain import explain
from channels_email.headers import head

KIND = "mail-auth"
FORGED, VALID = "verdicts: forged shown as verified", "verdicts: valid not called failed"
DKIM, ARC, DMARC = "verdicts: dkim", "verdicts: arc", "verdicts: dmarc"
_RESULT = re.compile(r"(?<![.\w])(dkim|dmarc)=(\w+)")
_SAME = "the domain's own server let it out: that is all that a domain can prove"
_ENDED = "the last hop itself reports a failed chain: there is nothing left to check"


def facts(root: Path) -> Iterator[Fact]:
    for source, case in cases(root, KIND):
        yield from _case(source, case)
    for path in (*(path for path, _expected in stated(root, KIND)), *unstated(root, KIND)):
        for way, mail in with_forged_results(path.read_bytes()):
            yield _is_not_proven(path.parent.name, f"{path.name}, {way}", mail)
    for path, expected in stated(root, KIND):
        yield from _stated(path, expected)
    for path in sorted(root.glob("mail-*/*/*")):
        if path.is_file() and path.suffix not in {".json", ""}:
            yield from _said_by_its_server(path)


def _grade(mail: bytes, records: object = None, **envelope: object) -> str:
    found = explain(mail, domain=DOMAIN, envelope=envelope, resolver=Zones(records or {}))
    return str(found.get("from", {}).get("grade", "none"))


def _is_not_proven(
    source: str, name: str, mail: bytes, records: object = None, *, reason: str = ""
) -> Fact:
    got = _grade(mail, records, authserv_id=SERVER)
    reason = reason if got == "pass" else ""
    return Fact(
        table=FORGED, source=source, file=name, is_right=got != "pass",
        wanted="not pass", got=got, reason=reason,
    )  # fmt: skip


def _case(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    if "expected_cv" in case:
        yield from _chain(source, case)
    elif "expected_header" in case:
        yield from _checked(source, case)
    elif "data" in case:
        yield from _attack(source, case)
    elif "from_raw" in case:
        yield _disguise(source, case)


def _attack(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    """As it is, signed by the attacker, and with what an honest server copies of the envelope."""
    records = {"a._domainkey.attack.com": key()[1], "_dmarc.legitimate.com": "v=DMARC1; p=reject"}
    envelope = told(case["mailfrom"]).strip("<>")
    found = f"spf=pass smtp.mailfrom={envelope}; dkim=pass header.d=attack.com"
    plain = of_case(case)
    shown = head(plain).raw("from").strip(" <>")
    reason = _SAME if shown.rpartition("@")[2] == envelope.rpartition("@")[2] else ""
    for mail in (plain, signed(plain, "attack.com")):
        yield _is_not_proven(source, case["id"], mail, records)
        checked = taken_in(mail, found)
        yield _is_not_proven(source, f"{case['id']}, checked", checked, records, reason=reason)
        for way, forged in with_forged_results(mail):
            yield _is_not_proven(source, f"{case['id']}, {way}", forged, records)


def _disguise(source: str, case: dict[str, Any]) -> Fact:
    """Whom a name in disguise shows, when its true domain has signed the mail."""
    wanted = case["expected"]["address"]
    mail = signed(f"From: {case['from_raw']}\r\nSubject: x\r\n\r\nx\r\n".encode(), "attacker.com")
    records = {"a._domainkey.attacker.com": key()[1]}
    found = explain(mail, domain=DOMAIN, resolver=Zones(records))["from"]
    is_right = found["address"] == wanted or (not wanted and found["grade"] != "pass")
    return Fact(
        table=FORGED, source=source, file=case["name"], is_right=is_right,
        wanted=wanted, got=f"{found['address']} {found['grade']}",
    )  # fmt: skip


def _chain(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    mail, records = case["message"].encode(), case["dns_txt"]
    content = signatures.read(mail)
    got = seals.check(content, resolver=Zones(records)).result if content else "none"
    wanted = case["expected_cv"].lower()
    yield Fact(
        table=ARC, source=source, file=case["name"], is_right=got == wanted,
        wanted=wanted, got=got, reason="" if wanted else _ENDED,
    )  # fmt: skip
    if wanted != "pass":
        shown = _grade(mail, records, sealers=["example.org"])
        yield Fact(
            table=FORGED, source=source, file=case["name"], is_right=shown != "pass",
            wanted="not pass", got=shown,
        )  # fmt: skip


def _checked(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    mail, records, said = case["message"].encode(), case["dns_txt"], case["expected_header"]
    wanted = dict(reversed(_RESULT.findall(said)))
    got = _grade(mail, records)
    name = case["name"]
    if "dkim" in wanted and "prev='" not in case["arguments"]:
        yield _fact(DKIM, source, name, wanted["dkim"], got, is_right=got == wanted["dkim"])
    if "dmarc" in wanted:
        means = {"pass": "pass", "fail": "none" if "dmarc=none" in said else "fail"}
        expected = means.get(wanted["dmarc"], "none")
        yield _fact(DMARC, source, name, expected, got, is_right=got == expected)
    if "pass" in wanted.values() and "fail" not in wanted.values():
        yield _fact(VALID, source, name, "not fail", got, is_right=got != "fail")


def _fact(table: str, source: str, name: str, wanted: str, got: str, *, is_right: bool) -> Fact:
    return Fact(table=table, source=source, file=name, is_right=is_right, wanted=wanted, got=got)


def _stated(path: Path, expected: dict[str, Any]) -> Iterator[Fact]:
    """Without records: what is called good must not be called forged, and the other way round."""
    text = str(expected).lower()
    got = _grade(path.read_bytes())
    if "fail" in text or "reject" in text or "invalid" in text:
        yield fact(path, FORGED, "not pass", got, is_right=got != "pass")
    elif "pass" in text or "allow" in text:
        yield fact(path, VALID, "not fail", got, is_right=got != "fail")
    for server in re.findall(r"fail if (\S+) is our own authserv-id", text):
        got = _grade(path.read_bytes(), authserv_id=server)
        yield fact(path, DMARC, "fail", got, is_right=got == "fail")


def _said_by_its_server(path: Path) -> Iterator[Fact]:
    """A mail whose own server found nothing wrong is not called forged."""
    mail = path.read_bytes()
    said = head(mail).raw("authentication-results")
    if said and not re.search(r"dmarc\s*=\s*fail", said, re.IGNORECASE):
        server = said.split(";")[0].split()[0]
        got = _grade(mail, authserv_id="outlook.com" if "=" in server else server)
        yield fact(path, VALID, "not fail", got, is_right=got != "fail")
