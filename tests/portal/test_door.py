"""Who gets in: who reads what goes to an address of one customer's own, and nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Channel, Claim, Identity
from conversations.services import addresses
from portal import codes, limits, sessions
from portal.models import Knock, Session
from tests import paper
from tests.people import make_agent, receive
from tests.portal.conftest import DANA, EVE, Door, identity, person

pytestmark = pytest.mark.django_db


def test_a_code_opens_the_thread_of_whoever_has_the_address(door: Door, support: Channel) -> None:
    receive(support, DANA, "It does not start")
    browser = door.sign_in(f" {DANA.upper()} ")
    assert "It does not start" in door.read()
    cookie = browser.cookies[sessions.cookie()]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie.value not in str(Session.objects.values_list())
    assert identity().verified_at is not None
    assert browser.get("/inbox/").status_code == 302  # an agent's door knows nothing of it


def test_the_cookie_belongs_to_this_host_alone(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    assert sessions.cookie() == "__Host-portal"


@pytest.mark.parametrize(
    "who", ["nobody", "claimed", "shared", "agents", "unproven", "typed", "answered"]
)
def test_who_is_no_customer_is_answered_alike_and_sent_nothing(
    door: Door, support: Channel, priya: Agent, who: str
) -> None:
    receive(support, DANA)
    address = {"agents": priya.email}.get(who, EVE)
    customer = person()
    if who == "claimed":
        Claim.objects.create(customer=customer, kind="email", value=EVE)
    if who == "shared":
        Identity.objects.create(kind="email", value=EVE, is_shared=True)
    if who == "unproven":
        receive(support, EVE, grade="fail")
    if who == "typed":  # by an agent, who may have mistyped it
        Identity.objects.create(customer=customer, kind="email", value=EVE)
    if who == "answered":  # by whoever it is: "you have the wrong person"
        addresses.add(customer_id=customer.pk, agent=priya, typed=EVE)
        receive(support, EVE, "Wrong person", grade="pass")
    known, unknown = (door.browser.post("/p/", {"address": a}) for a in (DANA, address))
    assert (known.status_code, unknown.status_code) == (302, 302)
    codes.sweep()
    assert [m.addressees[0].address.value for m in paper.PROVIDER.accepted] == [DANA]
    pages = [door.browser.get(one.headers["Location"]) for one in (known, unknown)]
    assert pages[0].status_code == pages[1].status_code == 200
    wrong = door.browser.post(unknown.headers["Location"], {"code": "000000"})
    assert wrong.status_code == 422
    assert "not the one" in wrong.content.decode()


def test_a_code_is_good_once_for_ten_minutes_and_five_guesses(door: Door, support: Channel) -> None:
    receive(support, DANA)
    where = door.knock(DANA)
    right = door.code()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(limits.CODE_TRIES):
        assert door.browser.post(where, {"code": wrong}).status_code == 422
    over = door.browser.post(where, {"code": right}).content.decode()
    assert "not valid any more" in over
    assert 'name="code"' not in over  # nothing that is typed would help
    where = door.knock(DANA)
    right = door.code()
    Knock.objects.update(created_at=timezone.now() - limits.CODE_LIFE)
    assert "not valid any more" in door.browser.post(where, {"code": right}).content.decode()
    Knock.objects.update(created_at=timezone.now())
    assert door.browser.post(where, {"code": f"{right[:3]} {right[3:]}"}).status_code == 302
    other = Client()
    assert other.post(where, {"code": right}).status_code == 422
    assert "Send me a code" in other.get("/p/").content.decode()


def test_no_code_is_kept_readable_and_a_lost_wake_loses_none(door: Door, support: Channel) -> None:
    receive(support, DANA)
    door.browser.post("/p/", {"address": DANA})
    assert Knock.objects.get().code_hash == ""
    assert codes.sweep() == 1
    assert codes.sweep() == 0
    assert door.code() not in str(Knock.objects.values_list())
    assert DANA not in str(Knock.objects.values_list())


def test_codes_are_few_for_an_address_and_for_a_network(door: Door, support: Channel) -> None:
    receive(support, DANA)
    for address in (DANA, EVE):
        for _ in range(limits.CODES_PER_ADDRESS):
            door.knock(address)
        refused = door.browser.post("/p/", {"address": address})
        assert refused.status_code == 429
        assert address in refused.content.decode()  # what was typed is still there
    assert len(paper.PROVIDER.accepted) == limits.CODES_PER_ADDRESS
    for place in range(limits.CODES_PER_NET - 2 * limits.CODES_PER_ADDRESS):
        door.knock(f"nobody{place}@out.example")
    assert door.browser.post("/p/", {"address": "more@out.example"}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/p/", {"address": "more@out.example"}).status_code == 302
    assert door.browser.post("/p/", {"address": "no address"}).status_code == 422


def test_a_wide_network_is_counted_whole(
    door: Door, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a /48 has 65,536 networks; who comes by IPv4 through IPv6 has one address."""
    monkeypatch.setattr(limits, "CODES_PER_WIDE_NET", 3)

    def knock(remote: str, place: int) -> int:
        asked = {"address": f"nobody{place}@out.example"}
        return Client(REMOTE_ADDR=remote).post("/p/", asked).status_code

    assert [knock(f"2001:db8:7:{n}::1", n) for n in range(4)] == [302, 302, 302, 429]
    assert knock("2001:db8:8::1", 5) == 302
    assert [knock(f"::ffff:192.0.{n}.1", n) for n in range(5)] == [302] * 5
    assert [knock(f"198.51.100.{n}", n) for n in range(4)] == [302, 302, 302, 429]


def test_wrong_codes_are_few_whatever_addresses_they_are_for(
    door: Door, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(support, DANA)
    receive(support, EVE)
    monkeypatch.setattr(limits, "FAILURES_PER_NET", 6)
    monkeypatch.setattr(limits, "MANY_FAILURES", 9)
    monkeypatch.setattr(limits, "MOST_FAILURES", 11)

    def browser(remote: str) -> Door:
        made = Door()
        made.browser = Client(REMOTE_ADDR=remote)
        return made

    def guess(at: Door, where: str, code: str = "x") -> int:
        return at.browser.post(where, {"code": code}).status_code

    guesser = browser("192.0.2.1")
    wheres = [guesser.knock(f"nobody{n}@out.example") for n in range(2)]
    assert [guess(guesser, where) for where in wheres * 4] == [422] * 6 + [429] * 2
    said = guesser.browser.post(wheres[0], {"code": "x"}).content.decode()
    assert "Many wrong codes were typed lately" in said
    other = browser("198.51.100.1")
    assert [guess(other, other.knock("more@out.example")) for _ in range(3)] == [422] * 3
    late = browser("203.0.113.1")  # much fails in the house now: one from a network is enough
    where = late.knock("more2@out.example")
    assert [guess(late, where), guess(late, where)] == [422, 429]
    dana = browser("233.252.0.1")
    assert guess(dana, dana.knock(DANA), dana.code()) == 302
    Knock.objects.filter(used_at=None).update(tries=5)
    eve = browser("233.252.7.1")
    assert guess(eve, eve.knock(EVE), eve.code()) == 429


def test_a_session_ends_when_it_is_idle_or_signed_out(door: Door, support: Channel) -> None:
    receive(support, DANA, "It does not start")
    door.sign_in(DANA)
    other = Door()
    other.sign_in(DANA)
    door.browser.post("/p/out")
    assert "It does not start" not in door.read()
    assert "It does not start" in other.read()
    third = Door()
    third.sign_in(DANA)
    third.browser.post("/p/out", {"everywhere": "1"})
    assert "It does not start" not in other.read()
    fourth = Door()
    fourth.sign_in(DANA)
    Session.objects.update(shown_at=timezone.now() - limits.IDLE - timedelta(minutes=1))
    assert "It does not start" not in fourth.read()
    assert "You are signed out here." in fourth.read()
    assert sessions.prune() > 0


def test_an_admin_sees_sessions_and_ends_them(door: Door, support: Channel, client: Client) -> None:
    receive(support, DANA, "It does not start")
    other = Door()
    for one in (door, other):
        one.sign_in(DANA)
    client.force_login(make_agent("Lena", role="admin"))
    assert "/admin/portal/session/" in client.get("/admin/").content.decode()
    page = client.get("/admin/portal/session/?state=open").content.decode()
    assert page.count(f">{DANA}<") == 2
    session = Session.objects.order_by("pk")[0]
    assert session.token_hash not in page
    address = f"/admin/portal/session/{session.pk}"
    assert f"Sign {DANA} out on this device?" in client.get(f"{address}/end/").content.decode()
    assert "It does not start" in door.read()
    client.post(f"{address}/end/", {"yes": "1"})
    assert "It does not start" not in door.read()
    assert "It does not start" in other.read()
    client.post(f"{address}/end-everywhere/", {"yes": "1"})
    assert "It does not start" not in other.read()
    assert ">Ended<" in client.get("/admin/portal/session/").content.decode()
    client.force_login(make_agent("Kim"))
    assert client.get("/admin/portal/session/").status_code in {302, 403, 404}


def test_the_door_speaks_the_visitors_language(support: Channel, door: Door) -> None:
    receive(support, DANA)
    page = door.browser.get("/p/", headers={"Accept-Language": "es"}).content.decode()
    assert '<html lang="es">' in page
    assert "Tus mensajes" in page
    door.browser.post("/p/", {"address": DANA}, headers={"Accept-Language": "es"})
    codes.sweep()
    assert "Tu código" in paper.PROVIDER.accepted[-1].subject


def test_nothing_of_it_is_kept_or_told_on(door: Door, support: Channel) -> None:
    receive(support, DANA)
    door.sign_in(DANA)
    for path in ("/p/", "/p/thread"):
        answered = door.browser.get(path)
        assert "no-store" in answered.headers["Cache-Control"]
        assert answered.headers["Referrer-Policy"] == "same-origin"


def test_a_form_without_its_token_is_refused_in_the_customers_own_words(support: Channel) -> None:
    refused = Client(enforce_csrf_checks=True).post("/p/", {"address": DANA})
    assert refused.status_code == 403
    assert "Please send that again" in refused.content.decode()
    assert "/inbox/" not in refused.content.decode()
