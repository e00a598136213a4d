"""./hub manage compile_translations"""

from typing import Any

from django.core.management.base import BaseCommand

from omnihub.messages import compile_all


class Command(BaseCommand):
    help = "Compile every .po that is newer than its .mo. Needs no gettext and no database."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        compile_all()
