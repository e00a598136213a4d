"""Webhooks out, as Standard Webhooks: note what happened, sign it, send it, and try again."""
