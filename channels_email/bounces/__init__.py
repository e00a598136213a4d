"""Mails of machines about mails of ours: what came back, what waits, who complained.

`is_bounce` decides, `reports` reads. Both look at a bounded part of a mail, line by line; what a
mail forwards (message/rfc822) is somebody else's and decides nothing.
"""

from channels_email.bounces.reading import reports
from channels_email.bounces.recognition import is_bounce
from channels_email.bounces.status import derive, ends_address

__all__ = ["derive", "ends_address", "is_bounce", "reports"]
