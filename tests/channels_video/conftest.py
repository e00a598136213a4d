"""A video channel, a case of somebody who wrote by e-mail, and a link that went to them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from channels_video.models import UploadLink, VideoSettings
from conversations.adapters.messages import Address, Grade, IdentityKind, InboundMessage
from conversations.models import Case, Channel, Identity, Team
from conversations.services import intake


@dataclass(frozen=True)
class Desk:
    """`token` is what the link's address ends with."""

    channel: Channel
    case: Case
    link: UploadLink
    token: str


@pytest.fixture(autouse=True)
def own_store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def make_desk() -> Desk:
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    Channel.objects.create(kind="email", name="support", team=team)
    channel = Channel.objects.create(kind="video", name="films", team=team)
    VideoSettings.objects.create(channel=channel)
    return ask_for_film(channel, "dana")


@transaction.atomic
def ask_for_film(channel: Channel, name: str) -> Desk:
    """Somebody wrote, and has a link now."""
    who = Address(kind=IdentityKind.EMAIL, value=f"{name}@hey.example", name=name.title())
    said = InboundMessage(sender=who, grade=Grade.PASS, subject="It rattles", text="Listen!")
    case = intake.take_message(Channel.objects.get(name="support"), said)
    token = secrets.token_urlsafe(32)
    link = UploadLink.objects.create(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        channel=channel,
        case=case,
        identity=Identity.objects.get(value=who.value),
        expires_at=timezone.now() + timedelta(days=7),
    )
    return Desk(channel=channel, case=case, link=link, token=token)


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()
