"""What the browser sends, as typed values."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from conversations.adapters.messages import File
from conversations.models import Agent, Macro, NoticeKind, Priority
from conversations.models.notice import Way, ways
from conversations.services import macros
from conversations.services.errors import Refused
from conversations.services.placeholders import FILLS
from inbox import keymap, texts

UNDO_CHOICES = [(0, _("Off")), (5, "5"), (10, "10"), (20, "20")]
DIGITS = 18
"""Longer numbers fit no key."""
NEWS = {
    NoticeKind.ASSIGNED: _("I am given a case"),
    NoticeKind.MENTIONED: _("A note calls me"),
    NoticeKind.LATE: _("My case passes its reply target"),
    NoticeKind.WROTE: _("The customer writes in my case"),
}
"""What agents are told of, in their own words."""
_APART = re.compile(r"[,;\n]")


def addresses(line: str) -> list[str]:
    """Addresses as typed, separated by commas, semicolons or lines."""
    return [part.strip() for part in _APART.split(line) if part.strip()]


def number(value: str | None) -> int | None:
    is_number = value and value.isascii() and value.isdecimal() and len(value) <= DIGITS
    return int(value) if value and is_number else None


def time(value: str | None) -> datetime | None:
    """A date and time as typed, in the reader's time zone where it names none."""
    try:
        at = parse_datetime(value or "")
        return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at
    except (ValueError, OverflowError):
        return None


def files(request: HttpRequest) -> list[File]:
    return [_file(upload) for upload in request.FILES.getlist("files")]


def _file(upload: UploadedFile[Any]) -> File:
    kind = upload.content_type or "application/octet-stream"
    return File(name=upload.name or "", type=kind, content=upload.read())


def letter(data: Mapping[str, str]) -> dict[str, Any]:
    """The envelope of a reply or a new message, as the services take it."""
    return {
        "to": addresses(data.get("to", "")),
        "cc": addresses(data.get("cc", "")),
        "bcc": addresses(data.get("bcc", "")),
        "subject": " ".join(data.get("subject", "").split()),
        "sender": data.get("sender", ""),
    }


def fails_over(data: Mapping[str, str]) -> bool | None:
    """Whether another channel is to be tried; None where nothing was said."""
    return {"next": True, "tell": False}.get(data.get("fails_over", ""))


def numbers(values: Iterable[str]) -> list[int]:
    found = map(number, values)
    return [value for value in found if value is not None]


def passed_on(data: QueryDict) -> dict[str, list[int]]:
    """The messages and files that are ticked to be handed on."""
    return {
        "messages": numbers(data.getlist("m")),
        "attachments": numbers(data.getlist("file")),
    }


def client_id(data: Mapping[str, str]) -> uuid.UUID:
    """The browser's own id of a message, so that sending twice is sending once."""
    try:
        return uuid.UUID(data.get("client_id", ""))
    except ValueError:
        return uuid.uuid4()


class MacroForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """An agent's own macro."""

    priority = forms.TypedChoiceField(
        label=_("Priority"),
        required=False,
        choices=[("", _("As it is")), *Priority.choices],
        coerce=int,
        empty_value=None,
    )

    class Meta:
        model = Macro
        fields = [
            "name", "text_en", "text_es", "add_tags", "assign", "priority", "snooze_hours",
            "resolves",
        ]  # fmt: skip
        labels = {
            "name": _("Name"),
            "text_en": _("Text, English"),
            "text_es": _("Text, Spanish"),
            "add_tags": _("Tags to add, separated by commas"),
            "assign": _("Assign"),
            "snooze_hours": _("Snooze, in hours"),
            "resolves": _("Resolve"),
        }
        help_texts = {"add_tags": ""}
        widgets = {name: forms.Textarea({"rows": 5}) for name in ("text_en", "text_es")}

    @property
    def placeholders(self) -> list[str]:
        return ["{{" + name + "}}" for name in FILLS]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        told = {name: value for name, value in said.items() if value is not None}
        try:
            macros.check(Macro(**told))
        except Refused as no:
            raise forms.ValidationError(texts.refusal(no.code, no.params)) from no
        return said


class MeForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What agents decide about their own desk."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
    )
    undo_seconds = forms.TypedChoiceField(
        label=_("Seconds to undo a send"), choices=UNDO_CHOICES, coerce=int
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("en", "English"), ("es", "Español")]
    )
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands under your answers. Empty: the channel's own."),
    )
    takes_by_answering = forms.BooleanField(
        label=_("Take a case of nobody's when I start to answer"), required=False
    )

    class Meta:
        model = Agent
        fields = ["language", "time_zone", "signature", "undo_seconds", "takes_by_answering"]


class KeysForm(forms.Form):
    """Each action's key as the agent wants it; an empty one is no key."""

    def __init__(self, data: Mapping[str, Any] | None, *, agent: Agent) -> None:
        super().__init__(data, initial=keymap.of(agent), prefix="key")
        self.agent = agent
        for action, key in keymap.CHANGEABLE.items():
            quiet = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
            self.fields[action] = forms.CharField(
                label=str(key.label), required=False, max_length=3, widget=forms.TextInput(quiet)
            )

    def clean(self) -> dict[str, Any]:
        taken: dict[str, str] = {}
        for action, typed in self.cleaned_data.copy().items():
            # after g there is no shift
            key = self.cleaned_data[action] = typed.lower() if " " in typed else typed
            if key and (key == "g" or not keymap.VALID.fullmatch(key)):
                self.add_error(action, _("One sign, or g, a space and one sign."))
            elif key in taken:
                other = keymap.CHANGEABLE[taken[key]].label
                self.add_error(action, _("This key already does: %(what)s.") % {"what": other})
            elif key:
                taken[key] = action
        return self.cleaned_data

    def save(self) -> None:
        usual = keymap.CHANGEABLE
        self.agent.keys = {a: key for a, key in self.cleaned_data.items() if key != usual[a].key}
        self.agent.save(update_fields=["keys"])


class NewsForm(forms.Form):
    """What an agent is told of while they do not look, and in which ways."""

    def __init__(self, data: Mapping[str, Any] | None, *, agent: Agent) -> None:
        super().__init__(data, prefix="news")
        self.agent = agent
        for kind, what in NEWS.items():
            for way in Way:
                self.fields[f"{kind}-{way}"] = forms.BooleanField(
                    required=False,
                    label=f"{what}: {way.label}",
                    initial=way in ways(agent, kind),
                )

    @property
    def ways(self) -> list[Any]:
        return [way.label for way in Way]

    @property
    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(what, [self[f"{kind}-{way}"] for way in Way]) for kind, what in NEWS.items()]

    def save(self) -> None:
        said = self.cleaned_data
        self.agent.notify = {
            str(kind): [str(way) for way in Way if said[f"{kind}-{way}"]] for kind in NEWS
        }
        self.agent.save(update_fields=["notify"])
