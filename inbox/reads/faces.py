"""How a kind of channel looks: asked of its adapter, with a stand-in for one not installed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.services.threads import ARTICLE

ARTICLE_FACE = Face(kind=ARTICLE, label=_("Help article"), icon="book")
"""No channel, but a step of a journey."""


def face_of(kind: str) -> Face:
    if kind == ARTICLE:
        return ARTICLE_FACE
    try:
        return registry.adapter_for(kind).describe()
    except registry.NotInstalled:
        return Face(kind=kind, label=_("Not installed"), icon="dots")
