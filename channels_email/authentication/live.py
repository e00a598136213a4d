"""The domain name system itself, with little patience: a mail must not wait for it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable

import dns.exception
import dns.rdatatype
import dns.resolver
from django.conf import settings

from channels_email.authentication.lookups import Records, Resolver, Unanswered

SECONDS = 2.0
"""That one question may take."""
AWAY_SECONDS = 60.0
"""That nobody is asked after the servers were silent twice on end."""
_SILENCES = 2
_NOWHERE = {"example", "test", "invalid", "localhost", "local", "internal", "onion", "arpa"}
"""Names that are nobody's in the public system (RFC 6761, RFC 6762)."""


def resolver() -> Resolver:
    """By OMNIHUB_DNS: the system's servers when empty, `off`, or addresses of servers."""
    return _resolver(tuple(settings.OMNIHUB_DNS))


@functools.cache
def _resolver(servers: tuple[str, ...]) -> Resolver:
    return Silent() if servers == ("off",) else Live(servers)


class Silent:
    """Nobody is asked."""

    def txt(self, name: str) -> Records:
        raise Unanswered(name)


class Live:
    """Asks name servers, keeps their answers for as long as they say, and remembers silence."""

    def __init__(self, servers: Iterable[str] = ()) -> None:
        self._servers = tuple(servers)
        self._silences = 0
        self._away_until = 0.0

    def txt(self, name: str) -> Records:
        if name.rpartition(".")[2] in _NOWHERE:
            return None
        if time.monotonic() < self._away_until:
            raise Unanswered(name)
        try:
            answer = self._client.resolve(
                f"{name}.", "TXT", lifetime=SECONDS, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            self._silences = 0
            return None
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            self._note(error)
            raise Unanswered(name) from None
        self._silences = 0
        rows = [row for row in answer if row.rdtype == dns.rdatatype.TXT] if answer.rrset else []
        return tuple(b"".join(row.strings).decode("utf-8", "replace") for row in rows)

    @functools.cached_property
    def _client(self) -> dns.resolver.Resolver:
        client = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            client.nameservers = list(self._servers)
        client.cache = dns.resolver.LRUCache(2000)
        return client

    def _note(self, error: Exception) -> None:
        """A server that reports a failure of its own is there; one that says nothing may be away.

        After a pause one question is enough to find out that nothing has changed.
        """
        if _has_answered(error):
            self._silences = 0
            return
        self._silences += 1
        if self._silences >= _SILENCES:
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._silences = _SILENCES - 1


def _has_answered(error: Exception) -> bool:
    if not isinstance(error, dns.exception.DNSException):
        return False
    tries = error.kwargs.get("errors", ())
    return any(len(one) > 4 and one[4] is not None for one in tries)  # noqa: PLR2004 -- the response
