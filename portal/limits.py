"""How much a customer may say, send and ask for."""

from datetime import timedelta

TEXT = 8000
"""Characters of one message."""
FILES = 5
"""Files of one message."""
FILE_SIZE = 10 * 1024 * 1024
"""Bytes of one file."""
REQUEST = FILES * FILE_SIZE + 1024 * 1024
"""Bytes of one request: what may be sent at most, and the form around it."""
PER_MINUTE = 20
"""Messages of one session."""
ENTRIES = 50
"""Messages on one page."""

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
WINDOW = timedelta(minutes=15)
"""In which so many codes go to one address, and so many are asked for from one network."""
CODES_PER_ADDRESS, CODES_PER_NET = 3, 20
CODES_PER_WIDE_NET = 60
"""From all that one provider gives a customer: a /48 of IPv6, a /24 of IPv4."""
CODES_PER_DAY, TEXTS_PER_DAY = 10, 4
"""To one address: fifty guesses of a million; and to one number, since texts cost."""
TEXTS_PER_HOUR = 60
"""Codes by text of the whole house."""
HOUR = timedelta(hours=1)
"""In which so many wrong codes are looked at, whatever addresses they are for."""
FAILURES_PER_NET, MANY_FAILURES, MOST_FAILURES = 30, 100, 1000
"""From one wide network; in the whole house until a network has one only; and in the house."""
IDLE = timedelta(days=30)
"""A session that shows nothing for so long has ended."""
