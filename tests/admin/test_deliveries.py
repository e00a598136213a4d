import pytest
from django.test import Client

from conversations.models import Agent, Channel, Delivery, DeliveryState
from tests.admin.conftest import said
from tests.people import answer, receive

LIST = "/admin/conversations/ailingdelivery/"


@pytest.fixture
def failed(support: Channel, lena: Agent) -> Delivery:
    answer(receive(support, "dana@mail.example", name="Dana <b>").case, lena)
    return _spoil(DeliveryState.FAILED)


def _spoil(state: DeliveryState) -> Delivery:
    delivery = Delivery.objects.latest("id")
    words = {"reason_code": "mailbox_full", "reason_words": "452 <full>"}
    Delivery.objects.filter(pk=delivery.pk).update(state=state, **words)
    delivery.recipients.update(state=state, **words)
    delivery.refresh_from_db()
    return delivery


def test_says_who_and_why(admin: Client, failed: Delivery) -> None:
    page = admin.get(LIST).content.decode()
    for words in (
        "Dana &lt;b&gt;",
        "dana@mail.example",
        "The mailbox is full.",
        "452 &lt;full&gt;",
    ):
        assert words in page
    assert "Dana <b>" not in page
    assert admin.get(f"{LIST}{failed.pk}/change/").status_code == 200


def test_sends_again_after_a_yes(admin: Client, failed: Delivery) -> None:
    again = f"{LIST}{failed.pk}/again/"
    assert "same message id" in admin.get(again).content.decode()
    assert "in the queue again" in said(admin.post(again, {"yes": "1"}, follow=True))[0]
    failed.refresh_from_db()
    assert failed.state == DeliveryState.QUEUED


def test_warns_that_an_unknown_one_may_arrive_twice(admin: Client, failed: Delivery) -> None:
    unknown = _spoil(DeliveryState.UNKNOWN)
    assert "may get it twice" in admin.get(f"{LIST}{unknown.pk}/again/").content.decode()


def test_sends_many_again_with_a_result_each(
    admin: Client, failed: Delivery, support: Channel, lena: Agent
) -> None:
    answer(receive(support, "omar@mail.example").case, lena)
    other = _spoil(DeliveryState.FAILED)
    form = {"action": "send_all_again", "_selected_action": [failed.pk, other.pk]}
    assert "Send 2 deliveries again?" in admin.post(LIST, form).content.decode()
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 0
    lines = said(admin.post(LIST, {**form, "yes": "1"}, follow=True))
    assert [line.split(":")[0] for line in lines] == ["dana@mail.example", "omar@mail.example"]
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 2


def test_all_deliveries_are_listed_and_not_edited(admin: Client, failed: Delivery) -> None:
    page = "/admin/conversations/delivery/"
    assert "dana@mail.example" in admin.get(page).content.decode()
    assert admin.get(f"{page}{failed.pk}/change/").status_code == 200
    assert admin.post(f"{page}{failed.pk}/change/", {"state": "sent"}).status_code == 403
