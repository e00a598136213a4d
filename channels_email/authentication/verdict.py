"""What the sender's address is worth: proven, not checked, or checked and wrong.

Pure: of the header, of what the edge knew, and of the records that were looked up once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels_email.authentication import (
    asking,
    domains,
    hops,
    policy,
    results,
    seals,
    senders,
    signatures,
)
from channels_email.authentication.lookups import Recorded, Unanswered
from channels_email.headers import Headers, without_envelope_line
from conversations.adapters.base import EXAMINED
from conversations.adapters.messages import Address, Grade, RawEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What our own look at a mail shows: `signed` are the domains of From that vouch for it."""

    signed: frozenset[str] = frozenset()
    is_refused: bool = False


def grade(headers: Headers, raw: RawEvent, *, sender: Address) -> Grade:
    """PASS where somebody whom we trust proved this very address, and nobody can read another.

    FAIL where a trusted party, or the domain's own policy, says so and nothing proves it: else
    NONE, nobody could tell.
    """
    domain = domains.of_address(sender.value)
    said = _said(headers, raw, domain)
    own = Proof() if Grade.PASS in said else proof(headers, raw, domain)
    if Grade.PASS in said or domain in own.signed:
        return Grade.PASS if senders.only(headers) == sender.value else Grade.NONE
    return Grade.FAIL if Grade.FAIL in said or own.is_refused else Grade.NONE


def _said(headers: Headers, raw: RawEvent, domain: str) -> tuple[Grade, ...]:
    """The word of the channel's own server, and of the provider that handed the mail over."""
    word = hops.word(headers.fields, str(raw.envelope.get("authserv_id") or ""))
    server = results.judge(word.findings, domain)
    if server is Grade.PASS and not word.is_bounded:
        server = Grade.NONE
    return server, results.judge(results.of_provider(raw.envelope.get("verdicts")), domain)


def proof(headers: Headers, raw: RawEvent, sender: str) -> Proof:
    """Signatures, forwarders' seals and policy, by the records in the receipt."""
    examined = raw.envelope.get(EXAMINED)
    answers = examined.get("dns") if isinstance(examined, Mapping) else None
    if not isinstance(answers, Mapping) or len(raw.body) > signatures.LONGEST_MAIL:
        return Proof()
    resolver = Recorded(answers)
    content = signatures.read(without_envelope_line(raw.body))
    named = senders.domains_of(headers)
    signed, is_open = _signed(content, headers, raw, resolver, named)
    if content and sender not in signed and _is_sealed(content, headers, raw, resolver, sender):
        signed |= {sender}
    unproven = [domain for domain in named if domain not in signed]
    return Proof(signed=signed, is_refused=not is_open and _is_refused(unproven, resolver))


def _signed(
    content: signatures.Content | None,
    headers: Headers,
    raw: RawEvent,
    resolver: Recorded,
    named: Sequence[str],
) -> tuple[frozenset[str], bool]:
    """Domains that valid signatures speak for, and whether that could not be found out."""
    if content is None:
        return frozenset(), False
    found, is_open = set(), False
    for place, tags in signatures.wanted(content, named):
        try:
            if signatures.is_valid(content, place, tags, resolver=resolver, at=raw.received_at):
                found |= _spoken_for(signatures.domain_of(tags), named, resolver)
        except Unanswered:
            is_open = True
    is_alike = signatures.is_read_alike(content, headers)
    return frozenset(found if is_alike else ()), is_open


def _spoken_for(signer: str, named: Sequence[str], resolver: Recorded) -> set[str]:
    found = set()
    for domain in named:
        try:
            wish = policy.published(domain, resolver)
        except Unanswered:
            wish = None
        if domains.is_aligned(signer, domain, strict=bool(wish and wish.is_strict)):
            found.add(domain)
    return found


def _is_sealed(
    content: signatures.Content, headers: Headers, raw: RawEvent, resolver: Recorded, sender: str
) -> bool:
    trusted = asking.sealers(raw.envelope)
    if not trusted or not signatures.is_read_alike(content, headers):
        return False
    return seals.vouches(seals.check(content, resolver=resolver), trusted, sender)


def _is_refused(unproven: Sequence[str], resolver: Recorded) -> bool:
    """Whether a domain that From names wants such mail kept out."""
    for domain in unproven:
        try:
            wish = policy.published(domain, resolver)
        except Unanswered:
            continue
        if wish and wish.is_enforced:
            return True
    return False
