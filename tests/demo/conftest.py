"""Kalma as it is founded, and Kalma with its whole story."""

import socket
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from conversations.models import Agent, Channel, Message
from demo import company
from demo.door import arrive
from demo.letters import Letter, to_bytes
from tests.demo.people import NOW, SAM

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _refuse(*args: object, **kwargs: object) -> None:
    raise AssertionError("the demo connects to nothing")


@pytest.fixture(scope="module")
def kalma(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Told once for a module, whose tests only look at it; no connection is tried meanwhile."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(PASSWORD_HASHERS=FAST), pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket.socket, "connect", _refuse)
            patch.setattr(socket, "getaddrinfo", _refuse)
            call_command("seed_demo", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def support(db: None) -> Channel:
    """The company on its first morning: people and a channel, no mail."""
    channel = company.found("sesame")
    Agent.objects.update(undo_seconds=0)
    return channel


@pytest.fixture
def priya(support: Channel) -> Agent:
    return Agent.objects.get(username="priya")


@pytest.fixture
def desk(client: Client, priya: Agent) -> Client:
    """A browser in which Priya is signed in."""
    client.force_login(priya)
    return client


@pytest.fixture
def first(support: Channel) -> Message:
    """Sam's first mail."""
    letter = Letter(sender=SAM, at=NOW, subject="Squeaky hinge", text="It squeaks.\n")
    receipt = arrive(support, to_bytes(letter), wakes=False)
    return Message.objects.select_related("case").get(receipt=receipt)
