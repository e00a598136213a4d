"""Tables are emptied after a test beside a request that still runs."""

import threading
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import TransactionTestCase

from conversations.models import Customer, Team
from tests.plugins import emptying

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [Customer, Team])
def test_one_that_holds_a_row_and_writes_next_hinders_nothing(first: type[Customer | Team]) -> None:
    Customer.objects.create(name="Dana")
    other = Team if first is Customer else Customer
    emptied = threading.Thread(target=_empty)
    # of two that wait for each other one gives way, and that may be this one
    with suppress(OperationalError), transaction.atomic():
        list(first._default_manager.select_for_update())
        emptied.start()
        _until_somebody_waits()
        other._default_manager.create(name="Late")
    emptied.join(20)
    assert not emptied.is_alive()
    assert not Customer.objects.exists()
    assert not Team.objects.filter(name="Late").exists()


def _empty() -> None:
    emptying.empty(TransactionTestCase())
    connections.close_all()


def _until_somebody_waits() -> None:
    end = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(WAITING)
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")
