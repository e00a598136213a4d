"""./hub manage api_token USER"""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from api.models import ApiToken, Scope


class Command(BaseCommand):
    help = "Make an API token for an agent and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name or e-mail address")
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE.value)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Q(username=options["user"]) | Q(email__iexact=options["user"])
        try:
            agent = get_user_model().objects.get(wanted, is_active=True)
        except get_user_model().DoesNotExist as error:
            raise CommandError(f"No active agent is called {options['user']}.") from error
        _, text = ApiToken.objects.issue(
            agent_id=agent.pk, name=options["name"], scopes=[options["scope"]]
        )
        self.stdout.write(text)
