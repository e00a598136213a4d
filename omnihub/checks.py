"""System checks of the project."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004  # Django's own name


@register(deploy=False)
def public_url(**_: Any) -> list[CheckMessage]:
    """OMNIHUB_URL is the one source of links, Message-ID domain, webhook addresses, redirects."""
    if settings.OMNIHUB_URL or settings.OMNIHUB_DEMO:
        return []
    return [
        Warning(
            "OMNIHUB_URL is not set: links in mails and webhook addresses will be wrong.",
            hint="Set OMNIHUB_URL to the address people open, as https://support.your-company.com",
            id="omnihub.W001",
        )
    ]
