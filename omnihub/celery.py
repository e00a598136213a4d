"""The Celery app. It only wakes: what must happen is in the database, and the clock sweeps it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omnihub.settings")

app = Celery("omnihub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()
