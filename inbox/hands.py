"""The desk's hands: what agents look at does not wait for what customers write."""

from conversations.hands import Hands

read = Hands(4, "bells")
"""Ask the database, in one of a few threads."""
