"""What the API hears of the core: changes for webhooks, and whom to forget."""

from __future__ import annotations

import re

from api.models import KeptAnswer
from api.webhooks.listening import Webhooks
from conversations.services.person import Person


class Api(Webhooks):
    def forget(self, someone: Person) -> None:
        """Kept answers that tell of the person. Their retries are done anew: it is gone anyway."""
        told = _about(someone)
        gone = [kept.pk for kept in KeptAnswer.objects.iterator(200) if told.search(kept.body)]
        KeptAnswer.objects.filter(pk__in=gone).delete()


def _about(someone: Person) -> re.Pattern[str]:
    """Their addresses, or the numbers of their rows as the API writes them."""
    rows = {"conversation": someone.threads, "case": someone.cases, "customer": someone.customers}
    parts = [re.escape(value) for value in someone.addresses]
    for name, numbers in rows.items():
        joined = "|".join(map(str, numbers))
        parts += [rf'"{name}":(?:{{"id":)?(?:{joined})\b'] if numbers else []
    return re.compile("|".join(parts), re.IGNORECASE)
