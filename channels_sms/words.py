"""What this channel's codes mean, for people; the remedy of `code` is under `code.fix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS: dict[str, _StrPromise] = {
    # steps of the connection test
    "settings": _("Look at the settings"),
    "login": _("Log in"),
    "text": _("Send a text to your own phone"),
    "receipt": _("Hear that it was delivered"),
    # what can be wrong
    "sms_not_connected": _("This number is not connected to a provider yet."),
    "sms_not_connected.fix": _(
        "Enter account and token, or a gateway's address, on the channel's page."
    ),
    "not_connected": _("The channel is not connected to a provider yet."),
    "login_refused": _("The provider refused our login."),
    "login_refused.fix": _("Check account SID and token, or the API key, on the channel's page."),
    "account_off": _("The provider has switched the account off."),
    "account_off.fix": _("Ask the provider why; often a bill."),
    "sender_refused": _("The provider does not let this sender send there."),
    "sender_refused.fix": _("Check the sender on the channel's page; it must be yours."),
    "sender_unregistered": _("The sender is not registered for this country yet."),
    "sender_unregistered.fix": _("Register it at the provider (10DLC, toll-free, or sender id)."),
    "not_verified": _("A trial account reaches verified numbers only."),
    "host_blocked": _("The provider's address is inside a private network."),
    "host_blocked.fix": _("If that is meant, list it in OMNIHUB_ALLOW_HOSTS and start again."),
    "unreachable": _("The provider does not answer."),
    "unreachable.fix": _("It is tried again by itself."),
    "too_many": _("The provider asks us to go slower."),
    "too_many.fix": _("It is tried again by itself."),
    "refused": _("The provider refused it."),
    "refused.fix": _("Its own words say why."),
    "empty": _("There is nothing in this text."),
    "too_long": _("That is longer than a text can be."),
    "no_pictures": _("This provider takes no files with a text."),
    "not_a_picture": _(
        "%(name)s cannot go by text: only pictures can (JPEG, PNG, GIF). Remove it, or send it "
        "another way."
    ),
    "pictures_too_large": _(
        "%(name)s cannot go by text: with it the pictures are %(size)s, and %(most)s is the most."
    ),
    "too_many_pictures": _("%(name)s cannot go by text: %(most)s pictures are the most."),
    "bad_number": _("%(address)s cannot be a phone number."),
    "no_such_number": _("%(address)s is nobody's number."),
    "landline": _("%(address)s is a landline. Add a mobile number."),
    "premium_number": _("%(address)s is a premium number."),
    "own_number": _("%(address)s is our own number."),
    "not_reached_there": _("The provider cannot reach %(address)s."),
    "landline.short": _("landline"),
    "bad_number.short": _("no phone number"),
    "no_such_number.short": _("nobody's number"),
    "premium_number.short": _("premium number"),
    "not_reached_there.short": _("cannot be reached"),
    "opted_out_of_texts.short": _("opted out of texts"),
    "own_number.short": _("our own number"),
    "daily_cap.short": _("most texts of a day"),
    "country_not_allowed.short": _("country not allowed"),
    "number_cap.short": _("most texts of a day"),
    "opted_out_of_texts": _("Opted out of texts on %(day)s."),
    "country_not_allowed": _("Texts to %(country)s are not allowed. An admin can allow them."),
    "daily_cap": _("The most texts of a day are sent (%(most)s parts)."),
    "spend_stopped": _("Today's limit of texts is reached: what is due waits until tomorrow."),
    "spend_stopped.fix": _("Raise the limit on the channel's page, if that is meant."),
    "number_cap": _("This number got the most texts of a day (%(most)s parts)."),
    "quiet_hours": _("Quiet hours until %(until)s in %(place)s. Send it then?"),
    "phone_off": _("The phone is switched off or out of reach."),
    "phone_off.fix": _("Send it again later."),
    "blocked": _("The network blocked it."),
    "filtered": _("The network took it for spam."),
    "filtered.fix": _("Change the words; links are often why."),
    "provider_failed": _("The network did not deliver it, and did not say why."),
    "too_dear": _("It costs more than the account allows."),
    "network_busy": _("The network is too busy."),
    "network_busy.fix": _("Send it again later."),
    "expired": _("It could not be delivered in time."),
    "outcome_unknown": _("The connection broke before the provider confirmed it."),
    "outcome_unknown.fix": _("It may have arrived: it is not sent again by itself."),
    "answer_unreadable": _("The provider's answer could not be read: it may have arrived."),
    "no_receipt": _("It was sent, and nothing was heard of it since."),
    "no_receipt.fix": _("Check that the provider reaches this hub, and the auth token."),
    "not_delivered_yet": _("It is on its way; the network has not confirmed it within a minute."),
    "no_sender": _("Nobody is named as the sender of this text."),
    "no_message": _("This state names no text."),
    "not_a_text": _("This is no text message, but one of another network."),
    "not_understood": _("The post has a form that nobody knows."),
}
