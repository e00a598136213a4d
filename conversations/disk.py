"""How much the store's disk can still take. Whoever keeps what may wait asks first, so that mail,
the database and the logs never find it full."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

SPARE = 512 * 1024 * 1024
"""Bytes that are left free."""


def room() -> int:
    """Bytes; less than none where what should be left free is not."""
    place = Path(settings.MEDIA_ROOT)
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free - SPARE
