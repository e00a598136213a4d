"""Look up what judging a mail's sender will need. The only part that uses the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from channels_email.authentication import policy, seals, senders, signatures
from channels_email.authentication.lookups import Recorder, Resolver, Unanswered
from channels_email.headers import head, without_envelope_line
from conversations.adapters.messages import RawEvent


def ask(raw: RawEvent, resolver: Resolver) -> Mapping[str, object]:
    """`{"dns": answers}` for the receipt; nothing where From has no domain to ask about."""
    mail = without_envelope_line(raw.body)
    headers = head(raw.body)
    domains = senders.domains_of(headers)
    recorder = Recorder(resolver)
    for domain in domains:
        with suppress(Unanswered):
            policy.published(domain, recorder)
    for name in _keys(mail, raw, domains):
        with suppress(Unanswered):
            recorder.txt(name)
    return {"dns": recorder.answers} if recorder.answers else {}


def sealers(envelope: Mapping[str, object]) -> tuple[str, ...]:
    """Whose seals the channel trusts, as it was when the mail came."""
    listed = envelope.get("sealers")
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def _keys(mail: bytes, raw: RawEvent, domains: tuple[str, ...]) -> Iterable[str]:
    content = signatures.read(mail, is_whole=False)
    if content is None:
        return ()
    signed = [signatures.key_name(tags) for _place, tags in signatures.wanted(content, domains)]
    sealed = seals.key_names(content, sealers(raw.envelope))
    return filter(None, dict.fromkeys((*signed, *sealed)))
