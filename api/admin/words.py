"""What admins are told of webhooks: refusals, troubles, attempts."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api.models import WebhookAttempt

REFUSALS = {
    "bad_webhook_url": _("This is no address of a web server. It takes no login and no #part."),
    "webhook_url_not_https": _(
        "Customers' words travel encrypted: https only. Plain http is for hosts that "
        "OMNIHUB_ALLOW_HOSTS lists."
    ),
    "webhook_is_off": _("This webhook is switched off. Switch it on first."),
    "tests_are_not_replayed": _("A test is not sent again. Send a new one."),
}
TROUBLES = {
    "private_host": _(
        "The host is not public. If it is yours, list it in OMNIHUB_ALLOW_HOSTS and restart."
    ),
    "no_such_host": _("The host's name leads nowhere. Check the address."),
    "no_connection": _("Nobody listens there. Check the port, and whether the receiver runs."),
    "bad_certificate": _("The receiver's certificate does not hold for this host."),
    "timeout": _("No answer within 15 seconds. Answer first, then work."),
    "cut": _("The receiver closed the connection without an answer."),
    "crashed": _("A fault of ours: it could not be written. The log says more."),
    "answer_too_large": _("The answer was larger than 1 MB. An empty one is enough."),
}


def said(attempt: WebhookAttempt) -> str:
    """An attempt in words: the answer or what was in the way, and how long it took."""
    if attempt.status is None:
        return str(TROUBLES.get(attempt.code, attempt.code))
    values = {"status": attempt.status, "ms": attempt.milliseconds}
    words = gettext("Answered %(status)s in %(ms)s ms.") % values
    is_moved = 300 <= attempt.status < 400  # noqa: PLR2004  # HTTP's own
    if is_moved:
        words += " " + gettext("Redirects are not followed: enter the address it leads to.")
    return f"{words} {attempt.words}".strip()
