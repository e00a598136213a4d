"""How much a visitor may say and send."""

TEXT = 8000
"""Characters of one message."""
FILES = 5
"""Files of one message."""
FILE_SIZE = 10 * 1024 * 1024
"""Bytes of one file."""
NAME = 120
COMMENT = 2000
FRAME = 48 * 1024
"""Bytes of one frame; a message of full length fits, whatever its letters are."""
PAGES = 20
"""Pages that are kept of what was read before the first message."""
ENTRIES = 50
"""Entries that a frame is shown at once."""
