"""Everything a data folder needs before web, worker and clock start, in one start of Django."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from omnihub.launcher.console import step
from omnihub.messages import compile_all
from omnihub.static import collect

PRIVATE = 0o700
LOCK = 0x6F6D6E69  # "omni": two hubs on one database take turns


def keep_private() -> None:
    """Customers' files and the house's own mail, with its links to passwords, are no one else's.

    Others may pass through the data folder itself, where PostgreSQL may run as another user.
    """
    for folder in (settings.MEDIA_ROOT, getattr(settings, "EMAIL_FILE_PATH", None)):
        if folder and Path(folder).is_relative_to(settings.OMNIHUB_DATA):
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder).chmod(PRIVATE)


class Command(BaseCommand):
    help = "Migrate, collect static files, compile translations, and set up the demo once."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-seed", action="store_true", help="tables and files only")

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with step("Preparing tables"):
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        keep_private()
        compile_all()
        if collect():
            self.stderr.write("Static files collected.")
        if not options["no_seed"]:
            self._people()

    def _people(self) -> None:
        agents = get_user_model().objects
        if agents.exists():
            return
        if settings.OMNIHUB_DEMO and "seed_demo" in get_commands():
            with step("Setting up the demo company"):
                call_command("seed_demo", verbosity=0)
        elif "DJANGO_SUPERUSER_PASSWORD" in os.environ:
            call_command("createsuperuser", interactive=False, verbosity=0)
