"""Tokens for machines."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from api.authentication import HasScope, TokenAuthentication
from api.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> str:
    get_user_model().objects.create_user("alice", "alice@shop.example", "a password")
    return "alice@shop.example"


def _token(user: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command("api_token", user, *arguments, stdout=out)
    return out.getvalue().strip()


def _request(token: str, method: str = "get") -> Request:
    wsgi = getattr(APIRequestFactory(), method)("/", HTTP_AUTHORIZATION=f"Bearer {token}")
    return Request(wsgi, authenticators=[TokenAuthentication()])


def test_a_printed_token_authenticates_its_agent(alice: str) -> None:
    request = _request(_token(alice))
    assert request.user == get_user_model().objects.get(email=alice)
    token = ApiToken.objects.get()
    assert token.last_used_at is not None


def test_only_a_hash_is_kept(alice: str) -> None:
    text = _token(alice)
    kept = ApiToken.objects.values().get()
    assert text not in str(kept)


def test_a_wrong_token_is_refused_and_so_is_that_of_somebody_who_left(alice: str) -> None:
    text = _token(alice)
    with pytest.raises(AuthenticationFailed):
        _ = _request(text + "x").user
    get_user_model().objects.update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        _ = _request(text).user


def test_a_reading_token_does_not_write(alice: str) -> None:
    text = _token(alice, "--scope", "read")
    for method, allowed in (("get", True), ("post", False)):
        request = _request(text, method)
        assert request.user.is_authenticated
        assert HasScope().has_permission(request, APIView()) is allowed


def test_an_unknown_user_is_said(alice: str) -> None:
    with pytest.raises(CommandError, match="bob"):
        _token("bob")
