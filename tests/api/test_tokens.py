"""Tokens for machines."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.authentication import TokenAuthentication
from api.models import ApiToken, Scope

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


@pytest.mark.parametrize(
    ("scope", "writes", "administers"),
    [("read", False, False), ("write", True, False), ("admin", True, True)],
)
def test_a_wider_scope_includes_the_narrower(
    alice: str, scope: str, writes: bool, administers: bool
) -> None:
    _token(alice, "--scope", scope)
    token = ApiToken.objects.get()
    assert token.allows(Scope.READ)
    assert token.allows(Scope.WRITE) is writes
    assert token.allows(Scope.ADMIN) is administers


def test_tokens_are_listed_and_revoked(alice: str) -> None:
    text = _token(alice, "--name", "shop")
    row = ApiToken.objects.get()
    shown = _token(alice, "--list")
    assert text not in shown
    assert f"{row.pk}  {row.prefix}…  write  shop" in shown
    assert _token(alice, "--revoke", str(row.pk)) == "Revoked."
    with pytest.raises(AuthenticationFailed):
        _ = _request(text).user
    with pytest.raises(CommandError, match="no such"):
        _token(alice, "--revoke", str(row.pk))


def test_an_unknown_user_is_said(alice: str) -> None:
    with pytest.raises(CommandError, match="bob"):
        _token("bob")
