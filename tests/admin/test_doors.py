"""Who gets in, and that nothing changes by a link alone."""

from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from conversations.models import Agent, Channel, Delivery, Role
from tests.admin.test_quarantine import set_aside
from tests.people import answer, make_agent, receive


def pages() -> list[str]:
    """Every page of the admin that exists with one object of each model, and its actions."""
    names = ["index"]
    for model, room in django_admin.site._registry.items():
        stem = f"{model._meta.app_label}_{model._meta.model_name}"
        names += [f"{stem}_changelist", f"{stem}_add"]
        first = model._default_manager.order_by("pk").first()
        if first is None:
            continue
        listed = (*getattr(room, "actions_row", ()), *getattr(room, "actions_detail", ()))
        actions = [n for a in listed for n in (a["items"] if isinstance(a, dict) else [a])]
        for page in ("change", "history", "delete", "raw", *dict.fromkeys(actions)):
            names.append((f"{stem}_{page}", first.pk))  # type: ignore[arg-type]
    return list(filter(None, map(_url, names)))


def _url(name: Any) -> str:
    view, *args = [name] if isinstance(name, str) else name
    try:
        return reverse(f"admin:{view}", args=args)
    except NoReverseMatch:
        return ""


@pytest.fixture
def house(support: Channel, lena: Agent) -> list[str]:
    """Something of everything, and the addresses of all pages."""
    answer(receive(support, "dana@mail.example", name="Dana").case, lena)
    Delivery.objects.update(state="failed")
    set_aside(support)
    return pages()


def test_every_page_opens_for_an_admin(admin: Client, house: list[str]) -> None:
    assert len(house) > 40
    statuses = {page: admin.get(page).status_code for page in house}
    broken = {page: code for page, code in statuses.items() if code not in {200, 302, 403}}
    assert not broken
    closed = [page for page, code in statuses.items() if code == 403]
    assert all(page.endswith(("/add/", "/delete/")) for page in closed), closed


def test_every_page_is_closed_to_everybody_else(house: list[str], priya: Agent) -> None:
    supervisor = make_agent("Sam Park", role=Role.SUPERVISOR)
    stale = make_agent("Stale Staff")
    Agent.objects.filter(pk=stale.pk).update(is_staff=True)  # the flag alone opens no room
    for agent in (None, priya, supervisor, stale):
        client = Client()
        if agent:
            client.force_login(agent)
        for page in house[1:]:
            answer = client.get(page)
            assert answer.status_code in {302, 403}, (agent, page)
            if answer.status_code == 302:
                assert "/login/" in answer["Location"]


def test_following_links_changes_nothing(admin: Client, house: list[str]) -> None:
    from django.apps import apps

    def everything() -> dict[str, str]:
        models = apps.get_app_config("conversations").get_models()
        return {
            m.__name__: repr(list(m._default_manager.order_by("pk").values_list())) for m in models
        }

    before = everything()
    for page in house:
        admin.get(page)
    assert everything() == before


def test_the_admins_door_is_the_houses_door(db: None) -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert answer["Location"].startswith("/accounts/login/")
    assert answer["Location"].endswith("next=%2Fadmin%2F")


def test_rooms_of_other_packages_are_closed(admin: Client) -> None:
    for room in ("auth/group", "account/emailaddress", "mfa/authenticator", "conversations/change"):
        assert admin.get(f"/admin/{room}/").status_code == 404
