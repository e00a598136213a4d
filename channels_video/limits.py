"""How much may come in by links, and in what steps."""

from datetime import timedelta

STEP = 4 * 1024 * 1024
"""Bytes that are written and synced at once: what a cut connection may lose, and what one upload
takes of the memory."""
PLAIN = 60 * 1024 * 1024
"""Bytes of a file that comes in one piece, by a form: below what proxies let through, and one that
is cut begins from the start."""
STEP_SECONDS = 1.0
"""After so long what came is written, however little it is."""
PATIENCE = 30
"""Steps in which nothing came before a connection counts as cut."""
LEASE = timedelta(seconds=5)
"""Who writes is alone so long after their last bytes; a dead connection holds up nobody longer."""
HASHED_AT_ONCE = 2
"""Files of one process that are read once more and hashed at the same moment."""
TURN_SECONDS = 2.0
"""How long one waits for its turn before it says that it is still alive; within the lease."""
UNFINISHED_KEPT = timedelta(hours=24)
"""After its last bytes."""
UNFINISHED = 5
"""Uploads under way of one person. Those that never began make room for another."""
A_DAY = 50
"""Uploads that one person may begin in a day."""
SIZES_A_DAY = 4
"""What they are together, as a multiple of the largest file."""
METADATA = 4096
"""Characters of `Upload-Metadata`."""
NOTE = 4000
"""Characters of a note."""
