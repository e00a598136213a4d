"""Mails for tests, written out by hand so that every byte is meant."""

import itertools

_serial = itertools.count(1)


def mail(
    text: str = "Hello there",
    *,
    sender: str = "Ana Ruiz <ana@client.example>",
    to: str = "support@kalma.example",
    subject: str = "My chair",
    message_id: str = "",
    **fields: str,
) -> bytes:
    """A plain mail. Further fields by name, `in_reply_to` for In-Reply-To."""
    lines = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Fri, 20 Nov 2026 10:00:00 +0000",
        "Message-ID": message_id or f"<{next(_serial)}.test@client.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-").title(): value for name, value in fields.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{head}\r\n{text}\r\n".encode()
