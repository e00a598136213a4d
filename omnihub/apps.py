"""The project itself as an app: shell templates, static files, checks and commands."""

from django.apps import AppConfig


class OmnihubConfig(AppConfig):
    name = "omnihub"
    verbose_name = "OmniHub"

    def ready(self) -> None:
        # Celery's app must be the current one before any task is named
        from omnihub import celery, checks  # noqa: F401
