"""Outgoing connections to hosts that an admin typed: resolve, check, connect to what was checked.

All addresses of a host must be public, unless `settings.OMNIHUB_ALLOW_HOSTS` names the host, one
of its addresses or their network. Callers pass the host's name to TLS themselves, so that its
certificate is verified although the connection goes to an address.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from time import monotonic

from django.conf import settings

RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
_NAT64 = ip_network("64:ff9b::/96")
_NOBODYS = (
    ip_network("192.0.0.0/24"),  # IETF protocols; a cloud serves its machines' secrets there
    ip_network("192.88.99.0/24"),  # 6to4 relays, withdrawn
    ip_network("fec0::/10"),  # site-local, withdrawn
    ip_network("3fff::/20"),  # documentation
)
"""Not for the public, but global to the standard library of some Python."""

Ip = IPv4Address | IPv6Address


class Blocked(OSError):
    """The host leads to an address that is not public and not listed as allowed."""


def resolve_public(host: str, port: int, *, timeout: float = RESOLVE_SECONDS) -> tuple[str, ...]:
    """The host's addresses, all checked. Raises Blocked, or socket.gaierror when it has none."""
    addresses = _resolve(host, port, timeout)
    if not is_listed(host):
        for address in addresses:
            if not (is_public(ip_address(address)) or is_listed(address)):
                raise Blocked(f"{host} is not a public host")
    return addresses


def connect(host: str, port: int, *, timeout: float = CONNECT_SECONDS) -> socket.socket:
    """A TCP connection to the first checked address that answers, `timeout` seconds in all.

    Raises Blocked, socket.gaierror or OSError.
    """
    deadline = monotonic() + timeout
    failure: OSError = TimeoutError("timed out")
    for address in resolve_public(host, port, timeout=min(RESOLVE_SECONDS, timeout)):
        left = deadline - monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), left)
        except OSError as error:
            failure = error
    raise failure


def is_public(address: Ip) -> bool:
    """Reachable by anybody: also looks into addresses that wrap an IPv4 one."""
    inner = _unwrapped(address)
    is_nobodys = any(inner in network for network in _NOBODYS)
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or is_nobodys)


def _unwrapped(address: Ip) -> Ip:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return (
        address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
    )


def _resolve(host: str, port: int, timeout: float) -> tuple[str, ...]:
    """getaddrinfo knows no deadline of its own, so it runs beside us."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolve")
    asked = pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    pool.shutdown(wait=False)
    try:
        found = asked.result(timeout)
    except TooLate:
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer") from None
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def is_listed(host: str) -> bool:
    """Whether the operator allows this host or address although it is not public."""
    listed = {entry.strip().lower() for entry in settings.OMNIHUB_ALLOW_HOSTS}
    if host.lower().rstrip(".") in listed:
        return True
    with suppress(ValueError):
        address = ip_address(host)
        return any(address in network for network in _networks(listed))
    return False


def _networks(listed: set[str]) -> list[IPv4Network | IPv6Network]:
    found = []
    for entry in listed:
        with suppress(ValueError):
            found.append(ip_network(entry, strict=False))
    return found
