"""./hub manage api_token USER"""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from api.models import ApiToken, Scope


class Command(BaseCommand):
    help = "Make an API token for an agent and print it, this once; or list and revoke theirs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name or e-mail address")
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument(
            "--scope",
            choices=Scope.values,
            default=Scope.WRITE.value,
            help="read; write: and what agents do; admin: and what admins do",
        )
        parser.add_argument("--list", action="store_true", help="what they have, by number")
        parser.add_argument("--revoke", type=int, metavar="NUMBER", help="end one of them, at once")

    def handle(self, *args: Any, **options: Any) -> None:
        tokens = ApiToken.objects.filter(agent=_agent(options["user"]), revoked_at=None)
        if options["list"]:
            for token in tokens.order_by("pk"):
                self.stdout.write(_line(token))
        elif options["revoke"] is not None:
            if not tokens.filter(pk=options["revoke"]).revoke():
                raise CommandError("They have no such token.")
            self.stdout.write("Revoked.")
        else:
            self._issue(options)

    def _issue(self, options: dict[str, Any]) -> None:
        agent, scopes = _agent(options["user"]), [options["scope"]]
        _, text = ApiToken.objects.issue(agent_id=agent, name=options["name"], scopes=scopes)
        self.stdout.write(text)


def _agent(user: str) -> int:
    wanted = Q(username=user) | Q(email__iexact=user)
    found = get_user_model().objects.filter(wanted, is_active=True).first()
    if found is None:
        raise CommandError(f"No active agent is called {user}.")
    return found.pk


def _line(token: ApiToken) -> str:
    used = f"{token.last_used_at:%Y-%m-%d %H:%M}Z" if token.last_used_at else "never used"
    return f"{token.pk}  {token}  {','.join(token.scopes)}  {token.name}  {used}"
