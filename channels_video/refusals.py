"""Why an upload is not taken, in the words that the sender reads."""

from __future__ import annotations

from http import HTTPStatus

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _


class Refusal(Exception):
    """`code` is for the page, `status` and `again` (seconds) for the protocol."""

    def __init__(
        self, code: str, status: HTTPStatus, *, most: int = 0, again: int | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.most, self.again = code, status, most, again

    @property
    def words(self) -> str:
        """In the language that is active."""
        return _texts(filesizeformat(self.most))[self.code]


def _texts(most: str) -> dict[str, str]:
    return {
        "unknown": _("There is nothing here."),
        "no_such_method": _("This address does not know that method."),
        "another_version": _("This server speaks tus 1.0.0."),
        "bad_length": _("The size of the file must be said in Upload-Length."),
        "bad_offset": _("Upload-Offset must be a number."),
        "bad_type": _("The bytes must come as application/offset+octet-stream."),
        "not_offered": _("This server takes a file in one piece, and of a known size."),
        "metadata_too_long": _("The file's description is too long."),
        "too_large": _("This file is too large: at most %(most)s can be sent.") % {"most": most},
        "nothing": _("Choose a file first. An empty one shows nothing."),
        "longer_than_said": _("More came than was announced."),
        "link_ended": _("This link no longer works."),
        "elsewhere": _("The file has got further than that, or is being sent right now."),
        "over": _("This upload was called off or has run out. Choose the file again."),
        "received": _("This file was received already."),
        "too_many": _("Too many files are under way. Finish or cancel one first."),
        "too_much": _("That is all that can be sent in one day. Try again tomorrow."),
        "disk_full": _(
            "There is no room for this file right now. What came of it is kept for a day: send the "
            "rest later."
        ),
        "channel_full": _(
            "No more files can be kept here at the moment. Nothing of this one was kept, what you "
            "sent before is safe. Tell us in an answer to the message that the link came in."
        ),
        "blocked": _(
            "This link takes no files any more, and nothing of this one was kept. If you still "
            "want to show something, answer the message that the link came in."
        ),
        "busy": _("The server is busy. What was sent is safe; it goes on by itself."),
        "not_secure": _("This address needs https."),
    }
