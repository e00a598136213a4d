"""Origins of shops' pages: what an admin types, in the exact form that browsers send."""

from __future__ import annotations

from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


def normal(typed: str) -> str:
    """The origin of an address, as a browser writes it; "" when it is none.

    No path, no user, no wildcard: each site is named.
    """
    try:
        parts = urlsplit(typed.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host or parts.username is not None:
        return ""
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return ""
    name = _ascii(host)
    if not name:
        return ""
    is_usual = port is None or port == PORTS[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if is_usual else f":{port}")


def _ascii(host: str) -> str:
    """A host name in the letters that go over the wire; "" when it cannot be one."""
    if ":" in host:
        return f"[{host}]"
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    is_name = all(c.isalnum() or c in "-." for c in name)
    return name if is_name else ""
