"""What this channel's codes mean, for people; the remedy of `code` is under `code.fix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS: dict[str, _StrPromise] = {
    # steps of the connection test
    "dns": _("Find the servers"),
    "tls": _("Connect to the mailbox"),
    "login": _("Log in"),
    "folder": _("Open the folder"),
    "smtp": _("Log in for sending"),
    "round_trip": _("Send a mail to itself and see it arrive"),
    "plus": _("Plus addressing"),
    # what can be wrong
    "not_connected": _("The mailbox is not connected yet."),
    "not_connected.fix": _("Enter the hosts for reading and for sending."),
    "host_unknown": _("There is no server of this name."),
    "host_unknown.fix": _("Check how the host is spelled; your provider's help pages name it."),
    "host_blocked": _("This host is inside a private network."),
    "host_blocked.fix": _("If that is meant, list it in OMNIHUB_ALLOW_HOSTS and start again."),
    "unreachable": _("The server does not answer, or hangs up."),
    "unreachable.fix": _("Check host and port. A firewall may stand between."),
    "tls_untrusted": _("The certificate is not one for this host, or nobody vouches for it."),
    "tls_untrusted.fix": _("Use the host name that the certificate names, or have it renewed."),
    "tls_failed": _("No encrypted connection came about."),
    "tls_failed.fix": _("Choose STARTTLS instead of TLS, or the other way round; see the port."),
    "login_refused": _("User name or password was refused."),
    "login_refused.fix": _(
        "Many providers want an app password, and want IMAP switched on in their settings."
    ),
    "not_supported": _("The server does not offer this way of logging in or of encrypting."),
    "not_supported.fix": _("Choose another security, or another port."),
    "secret_unreadable": _("The stored password was encrypted with another key."),
    "secret_unreadable.fix": _("Enter the password again, or bring the former key back."),
    "folder_missing": _("There is no folder of this name."),
    "folder_missing.fix": _("Use INBOX, or the folder's full name with its parents."),
    "protocol": _("The server said something that is not IMAP."),
    "protocol.fix": _("Check the port: it may belong to another service."),
    "server_refused": _("The server refused a command."),
    "server_refused.fix": _("Its own words say why."),
    "cannot_store": _("Mails cannot be stored: the disk may be full."),
    "cannot_store.fix": _("Make room. Mails wait in the mailbox meanwhile, and none is lost."),
    "crashed": _("An error inside of this program. It is tried again."),
    "crashed.fix": _("The log has the details."),
    "sender_refused": _("The server does not let this address send."),
    "sender_refused.fix": _("Allow the address for this user at your provider."),
    "recipient_refused": _("The recipient's server knows no such address."),
    "recipient_refused.fix": _("Ask the customer on another channel for the right address."),
    "recipient_deferred": _("The recipient's server did not take the mail for now."),
    "recipient_deferred.fix": _("Send it again later."),
    "content_refused": _("The server refused what the mail contains."),
    "content_refused.fix": _("Its own words say why; often a file or a link."),
    "too_large": _("The mail is too large."),
    "too_large.fix": _("Send large files as a link."),
    "deferred": _("The server asks to try again later."),
    "deferred.fix": _("It is tried again by itself."),
    "outcome_unknown": _("The connection broke before the server confirmed the mail."),
    "outcome_unknown.fix": _("It is sent again under the same id, which is harmless."),
    "address_not_supported": _("The server cannot send to an address with such letters."),
    "address_not_supported.fix": _("Ask the customer for another address."),
    "bad_address": _("This is not an e-mail address."),
    "header_injection": _("A line break stands where none may be."),
    "bounced": _("The mail came back."),
    "bounced.fix": _("Ask the customer on another channel for the right address."),
    "no_such_mailbox": _("Nobody has this address."),
    "no_such_mailbox.fix": _("Ask the customer on another channel for the right address."),
    "mailbox_full": _("The recipient's mailbox is full."),
    "mailbox_full.fix": _("Send it again later, or write on another channel."),
    "refused": _("The recipient's server refused the mail."),
    "refused.fix": _("Its own words say why; often the sender's reputation, or a link."),
    "not_reached": _("The recipient's server could not be reached."),
    "not_reached.fix": _("Send it again later, or write on another channel."),
    "delayed": _("The recipient's server has not taken the mail yet. It is tried again there."),
    "complaint": _("The recipient called the mail spam."),
    "complaint.fix": _("Ask the customer before you write by e-mail again."),
    "not_arrived": _("The mail was sent, and did not arrive in the folder."),
    "not_arrived.fix": _("Look into the spam folder, and at rules that move or forward mails."),
    "plus_not_arrived": _("Mail to an address with a plus sign does not arrive."),
    "plus_not_arrived.fix": _(
        "Switch plus addressing off here: answers then find their case by their headers."
    ),
    "empty": _("There is nothing in this mail."),
}  # fmt: skip
