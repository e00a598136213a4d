"""Who works at Kalma and who writes to it. Every address ends in .example (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.models import Role

HOUSE = "support@kalma.example"
"""Where the demo's customers write to."""
MAIL_SERVER = "mx.kalma.example"
"""The receiving server whose word on senders the channel trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """An agent of the demo company."""

    username: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.username}@staff.kalma.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer. `place` and `time_zone` are what somebody at Kalma noted about them."""

    name: str
    address: str
    language: str = ""
    place: str = ""
    time_zone: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


WARRANTY, SHIPPING, TECH_LAB = "Warranty", "Shipping", "Tech lab"
TEAMS = {WARRANTY: "shield", SHIPPING: "box", TECH_LAB: "gear"}
"""Teams beside the default one, and their icons."""

PRIYA, MARCO, LENA, NOA = "priya", "marco", "lena", "noa"
WORKERS = (
    Worker(username=PRIYA, name="Priya Nair", role=Role.AGENT, teams=(WARRANTY, SHIPPING)),
    Worker(username=MARCO, name="Marco Reyes", role=Role.AGENT, teams=(TECH_LAB, WARRANTY)),
    Worker(
        username=NOA,
        name="Noa Stern",
        role=Role.SUPERVISOR,
        teams=(WARRANTY, SHIPPING, TECH_LAB),
    ),
    Worker(username=LENA, name="Lena Ortiz", role=Role.ADMIN),
)
