"""What somebody outside can write, in forms."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from email.utils import getaddresses
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from channels_sms import numbers
from conversations.adapters.messages import File
from demo.people import Person

MOST_BYTES = 20 * 1024 * 1024
made_up = RegexValidator(
    r"^[\x21-\x7e]+\.example$", _("Addresses of the demo end in .example: they belong to nobody.")
)


class Line(forms.CharField):
    """Text that a header can carry: what a browser's one-line field sends anyway."""

    def to_python(self, value: object) -> str:
        return " ".join(str(super().to_python(value) or "").split())


class Cc(forms.CharField):
    """Addresses separated by commas, each made up."""

    def clean(self, value: object) -> tuple[str, ...]:
        text = str(super().clean(value) or "")
        addresses = [address for _name, address in getaddresses([text]) if address]
        for address in addresses:
            forms.EmailField(validators=[made_up]).clean(address)
        return tuple(addresses)


class Attachment(forms.FileField):
    def clean(self, data: object, initial: object = None) -> tuple[File, ...]:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return ()
        if (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("That file is larger than 20 MB."), code="too_large")
        name = upload.name or "file"
        return (File(name=name, type=_type(name), content=upload.read()),)


def _type(name: str) -> str:
    guessed = mimetypes.guess_type(name)[0] or ""
    return guessed if guessed and not guessed.startswith("message/") else "application/octet-stream"


class Answer(forms.Form):
    """An answer by somebody who got the mail."""

    text = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 4}))
    cc = Cc(label=_("Cc"), required=False, max_length=500)
    file = Attachment(label=_("Attachment"), required=False)
    with_html = forms.BooleanField(label=_("With an HTML part"), required=False)


class Stranger(Answer):
    """An answer by somebody to whom the mail was passed on."""

    name = Line(label=_("Name"), required=False, max_length=80)
    address = forms.EmailField(label=_("Address"), max_length=200, validators=[made_up])
    field_order: Sequence[str] = ("name", "address", "text")

    def person(self) -> Person:
        return Person(name=self.cleaned_data["name"], address=self.cleaned_data["address"])


class NewMail(Stranger):
    """A first mail from anybody."""

    VERDICTS = (("pass", _("Passed")), ("", _("Not checked")), ("fail", _("Failed")))
    to = forms.EmailField(label=_("To"), max_length=200, validators=[made_up])
    subject = Line(label=_("Subject"), required=False, max_length=300)
    verdict = forms.ChoiceField(label=_("Check of the sender"), choices=VERDICTS, required=False)
    field_order = ("name", "address", "to", "cc", "subject", "text", "file", "with_html", "verdict")


HOME = "US"
"""Where the demo's company is, and a number without a country is dialled."""


class TextMessage(forms.Form):
    """What a phone sends."""

    number = forms.CharField(label=_("Number"), max_length=numbers.LONGEST)
    text = forms.CharField(
        label=_("Message"),
        max_length=1600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    picture = Attachment(label=_("Picture"), required=False)

    def clean_number(self) -> str:
        number = numbers.e164(self.cleaned_data["number"], HOME)
        if not number:
            hint = _("A number with its country, for example +1 303 555 0143.")
            raise forms.ValidationError(hint)
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("text") or cleaned.get("picture")):
            self.add_error("text", _("Write something first."))
        return cleaned
