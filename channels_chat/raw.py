"""A visitor's words as they came: the frame, and behind it the files that it names."""

from conversations.adapters.parcels import clean, files, packed, said

__all__ = ["clean", "files", "packed", "said"]
