"""./hub manage check_clock"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.clock import age_of_last_beat

LATE = timedelta(seconds=30)


class Command(BaseCommand):
    help = "Exit 0 while a clock process is beating, for monitoring."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        age = age_of_last_beat()
        if age is None or age > LATE:
            raise CommandError(f"The clock last beat {age} ago." if age else "No clock ever ran.")
