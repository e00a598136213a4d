import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent
from tests.cast import priya, team

__all__ = ["priya", "team"]


@pytest.mark.django_db
def test_without_the_broker_nobody_logs_in_uncounted_and_is_told(
    client: Client, priya: Agent, settings: Settings
) -> None:
    words = {"login": priya.email, "password": "sesame"}
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    away = client.post("/accounts/login/", words)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "15")
    assert "Nothing was changed" in away.content.decode()
    assert "_auth_user_id" not in client.session
