"""The settings of a chat and who visits it."""

from channels_chat.models.settings import ChatSettings, SigningKey, UsedProof
from channels_chat.models.visitor import PageRead, Rating, Unseen, Upload, Visitor

__all__ = [
    "ChatSettings", "PageRead", "Rating", "SigningKey", "Unseen", "Upload", "UsedProof", "Visitor",
]  # fmt: skip
