"""How a token is shown to a mail server: XOAUTH2 (Google, Microsoft) or OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

from collections.abc import Collection

GIVE_UP = {"XOAUTH2": "", "OAUTHBEARER": "\x01"}
"""What answers a challenge that holds an error (RFC 7628 3.2.3), so that the refusal follows."""


def initial(offered: Collection[str], user: str, token: str) -> tuple[str, str]:
    """The mechanism to use and its first response. XOAUTH2 unless only the standard is offered."""
    if "OAUTHBEARER" in offered and "XOAUTH2" not in offered:
        name = user.replace("=", "=3D").replace(",", "=2C")
        return "OAUTHBEARER", f"n,a={name},\x01auth=Bearer {token}\x01\x01"
    return "XOAUTH2", f"user={user}\x01auth=Bearer {token}\x01\x01"
