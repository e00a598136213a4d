"""Form fields for what goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget


class BlankTextarea(UnfoldAdminTextareaWidget):
    """Several lines that go in and never come out, not even after a mistake."""

    def format_value(self, value: Any) -> str:
        return ""


def secret_field(label: Any, *, help_text: Any = "") -> forms.CharField:
    """Never filled from what is stored; `new-password` keeps browsers from filling it either."""
    return forms.CharField(
        label=capfirst(label),
        required=False,
        strip=False,
        max_length=500,
        help_text=help_text,
        widget=UnfoldAdminPasswordWidget(
            attrs={"autocomplete": "new-password"}, render_value=False
        ),
    )
