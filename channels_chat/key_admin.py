"""Signing keys in the admin: they go in and never come out, and one follows another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django import forms
from django.contrib import admin
from django.db.models import Model
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_chat import proofs
from channels_chat.models import SigningKey
from channels_chat.models.settings import Algorithm
from conversations.admin.base import HubAdmin
from conversations.admin.marks import action, display
from conversations.admin.secret_fields import BlankTextarea

if TYPE_CHECKING:
    KeyForm = forms.ModelForm[SigningKey]
else:
    KeyForm = forms.ModelForm  # generic to the type checker alone


class SigningKeyForm(KeyForm):
    secret = forms.CharField(
        label=_("Secret or public key"),
        widget=BlankTextarea(attrs={"autocomplete": "off", "rows": 4}),
        help_text=_(
            "A shared secret of 32 characters or more, or an Ed25519 public key in PEM. "
            "It goes in and never comes out."
        ),
    )

    class Meta:
        model = SigningKey
        fields = ("settings", "kid", "algorithm", "secret")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        secret = (cleaned.get("secret") or "").strip()
        if secret and cleaned.get("algorithm") == Algorithm.EDDSA and not _is_public_key(secret):
            self.add_error("secret", _("This is not an Ed25519 public key in PEM."))
        is_shared = cleaned.get("algorithm") == Algorithm.HS256
        if secret and is_shared and not proofs.is_strong(secret):
            self.add_error("secret", _("Too weak: 32 random characters at least."))
        return {**cleaned, "secret": secret}


def _is_public_key(text: str) -> bool:
    try:
        return isinstance(load_pem_public_key(text.encode()), Ed25519PublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


@admin.register(SigningKey)
class SigningKeyAdmin(HubAdmin):
    """A key is added and retired; its words are never changed, so nothing is proven by halves."""

    form = SigningKeyForm
    list_display = ("kid", "settings", "algorithm", "state", "created_at", "used_at")
    list_select_related = ("settings__channel",)
    list_filter = ("settings",)
    actions = None
    actions_row = ("retire",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"settings": request.GET.get("settings", "")}

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False  # what it proved is told by it

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("secret",) if obj else super().get_exclude(request, obj)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        told = ("settings", "kid", "algorithm", "created_at", "used_at", "retired_at")
        return told if obj else SigningKeyForm.Meta.fields

    @display(description=_("State"))
    def state(self, key: SigningKey) -> str:
        return gettext("Retired") if key.retired_at else gettext("Good")

    @action(description=_("Retire"), icon="key_off", url_path="retire")
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To be pressed once the shop signs with the next one."""
        key = SigningKey.objects.get(pk=object_id)
        asks = self.confirm(
            request,
            obj=key,
            title=gettext("Retire the key %s?") % key,
            lines=[
                _("Proofs that are signed with it are refused from now on."),
                _("Add the next key, let the shop sign with it, then retire this one."),
                _("Type the key's id to go on."),
            ],
            submit=_("Retire"),
            typed=key.kid,
            is_danger=True,
        )
        if asks:
            return asks
        SigningKey.objects.filter(pk=key.pk, retired_at=None).update(retired_at=Now())
        self.log_change(request, key, "Retired.")
        return self.back_to(request, None, gettext("%s is retired.") % key)
