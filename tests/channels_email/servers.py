"""A mail server for outgoing mail, in this process, with moods."""

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class CapturingServer:
    """Keeps envelopes. `moods` maps a verb (RCPT address, DATA, AFTER) to an answer or `cut`."""

    moods: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    hostname: str = "127.0.0.1"
    refuses_null_sender: bool = False

    def __enter__(self) -> Self:
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname=self.hostname,
            port=self.port,
            ready_timeout=10,
            enable_SMTPUTF8=True,
            **self.options(),
        )
        self._controller.start()
        return self

    def options(self) -> dict[str, Any]:
        """More of what aiosmtpd can be told."""
        return {}

    def __exit__(self, *failure: object) -> None:
        self._controller.stop(no_assert=True)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.refuses_null_sender and address == "<>":
            return "550 5.7.1 Say who you are"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        answer = self.moods.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        mood = self.moods.get("DATA", "250 OK")
        if mood != "refuse" and not mood.startswith(("4", "5")):
            self.envelopes.append(envelope)
        if mood == "cut":
            transport: Any = server.transport
            transport.abort()
        if mood == "hang":
            await asyncio.sleep(60)
        return mood
