"""Rooms that other packages furnish and nobody here should enter."""

from django.apps import apps
from django.contrib import admin

FOREIGN = {
    "auth.group",  # roles decide, groups would only pretend to
    "account.emailaddress",
    "account.emailconfirmation",
    "mfa.authenticator",  # holds the seeds of second factors
}


def hide_foreign_rooms() -> None:
    """They register before this package is read, since they are installed before it."""
    for model in apps.get_models():
        label = model._meta.label_lower  # noqa: SLF001  # Django documents it
        if label in FOREIGN and admin.site.is_registered(model):
            admin.site.unregister(model)
