"""The domain name system itself, with little patience: a mail must not wait for it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from django.conf import settings

from channels_email.authentication import domains
from channels_email.authentication.lookups import Records, Resolver, Unanswered

SECONDS = 2.0
"""That one question may take."""
AWAY_SECONDS = 60.0
"""That a domain, or anybody, is not asked about again after silence."""
_MOST_SILENT = 1000
_NO_NAME = (dns.name.NameTooLong, dns.name.LabelTooLong, dns.name.EmptyLabel, UnicodeError)
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
        self._away_until = 0.0
        self._silent_until: dict[str, float] = {}

    def txt(self, name: str) -> Records:
        if name.rpartition(".")[2] in _NOWHERE:
            return None
        whose, now = domains.organizational(name), time.monotonic()
        if now < max(self._away_until, self._silent_until.get(whose, 0.0)):
            raise Unanswered(name)
        try:
            answer = self._client.resolve(
                f"{name}.", "TXT", lifetime=SECONDS, raise_on_no_answer=False, search=False
            )
        except (dns.resolver.NXDOMAIN, *_NO_NAME):
            return None
        except (dns.exception.DNSException, OSError) as error:
            self._note(whose, error)
            raise Unanswered(name) from None
        rows = [row for row in answer if row.rdtype == dns.rdatatype.TXT] if answer.rrset else []
        return tuple(b"".join(row.strings).decode("utf-8", "replace") for row in rows)

    @functools.cached_property
    def _client(self) -> dns.resolver.Resolver:
        client = self._new_client()
        client.cache = dns.resolver.LRUCache(2000)
        return client

    def _new_client(self) -> dns.resolver.Resolver:
        client = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            client.nameservers = list(self._servers)
        return client

    def _note(self, whose: str, error: Exception) -> None:
        """Silence is remembered: of one domain, or of everybody."""
        if _has_answered(error):
            return
        if len(self._silent_until) >= _MOST_SILENT:
            self._silent_until.clear()
        until = time.monotonic() + AWAY_SECONDS
        self._silent_until[whose] = until
        if not self._is_there():
            self._away_until = until

    def _is_there(self) -> bool:
        """Whether the servers answer what every server knows.

        A stranger can have servers that never answer, and must not keep us from asking others'.
        """
        try:
            self._new_client().resolve(".", "NS", lifetime=SECONDS, search=False)
        except (dns.exception.DNSException, OSError) as error:
            return _has_answered(error)
        return True


def _has_answered(error: Exception) -> bool:
    """Whether a server reported a failure of its own, and so is there."""
    if not isinstance(error, dns.exception.DNSException):
        return False
    tries = error.kwargs.get("errors", ())
    return any(len(one) > 4 and one[4] is not None for one in tries)  # noqa: PLR2004 -- the response
