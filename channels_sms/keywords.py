"""Single words that every text network knows: stop, start again, help. Pure.

The words of Twilio's own list (support article "Twilio support for opt-out keywords") and of its
French one, and what people write in Spanish.
"""

from __future__ import annotations

from enum import StrEnum


class Wish(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"


WORDS = {
    "STOP": Wish.STOP,
    "STOPALL": Wish.STOP,
    "UNSUBSCRIBE": Wish.STOP,
    "CANCEL": Wish.STOP,
    "END": Wish.STOP,
    "QUIT": Wish.STOP,
    "OPTOUT": Wish.STOP,
    "REVOKE": Wish.STOP,
    "ARRET": Wish.STOP,
    "ARRÊT": Wish.STOP,
    "ARRETT": Wish.STOP,
    "BAJA": Wish.STOP,
    "ALTO": Wish.STOP,
    "PARAR": Wish.STOP,
    "START": Wish.START,
    "UNSTOP": Wish.START,
    "YES": Wish.START,
    "ALTA": Wish.START,
    "HELP": Wish.HELP,
    "INFO": Wish.HELP,
    "AYUDA": Wish.HELP,
    "AIDE": Wish.HELP,
}
SPANISH = {"BAJA", "ALTO", "PARAR", "ALTA", "AYUDA"}
_AROUND = " \t\r\n\u00a0.,;:!¡\"'“”«»"


def wish_of(text: str) -> Wish | None:
    """What a text of one word asks for; None for any other. Case and a full stop do not matter."""
    return WORDS.get(_word(text))


def is_spanish(text: str) -> bool:
    """Whether that word is one that only Spanish has."""
    return _word(text) in SPANISH


def _word(text: str) -> str:
    return text.strip(_AROUND).upper()
