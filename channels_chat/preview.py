"""Settings that are not saved yet, for the frame beside the form that they are typed into.

An admin's browser posts what stands in the form and is handed it back signed, good for minutes: the
frame shows such a draft to whoever brings it, and nobody else can word a chat of ours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from channels_chat import origins
from channels_chat.models import ChatSettings

if TYPE_CHECKING:
    DraftForm = forms.ModelForm[ChatSettings]
else:
    DraftForm = forms.ModelForm  # generic to the type checker alone

VALID = timedelta(minutes=10)
_SALT = "channels_chat.preview"


class Draft(DraftForm):
    """What shows in the frame."""

    class Meta:
        model = ChatSettings
        fields = (
            "name", "brand", "position", "greeting_en", "greeting_es", "away_en", "away_es",
            "takes_files",
        )  # fmt: skip


@require_POST
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """`?prefix=` is that of the form's fields. What is not right yet stays as it was saved."""
    settings = origins.settings_of(key) if getattr(request.user, "is_admin", False) else None
    if settings is None:
        return HttpResponse(status=404)
    typed = Draft(request.POST, instance=settings, prefix=request.GET.get("prefix"))
    typed.is_valid()
    told = {
        name: typed.cleaned_data[name] for name in typed.changed_data if name not in typed.errors
    }
    signed = signing.dumps([settings.key, told], salt=_SALT, compress=True)
    return JsonResponse({"draft": signed})


def apply(settings: ChatSettings, signed: str) -> None:
    """Let settings in memory be as a draft says; as they are, where it is forged, old, or for
    another chat."""
    try:
        key, told = signing.loads(signed, salt=_SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        return
    values: dict[str, Any] = told if key == settings.key else {}
    for name, value in values.items():
        setattr(settings, name, value)
