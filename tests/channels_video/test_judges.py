"""Clients that others wrote, untouched, over lines that break and a server that is killed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from channels_video import limits, parts, sweeps
from channels_video.models import Upload
from conversations.models import Attachment, Blob, Receipt
from conversations.services import intake
from tests.channels_video.conftest import Desk, ask_for_film, make_desk
from tests.channels_video.cutting import Cutting
from tests.channels_video.web import Web

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

CUTS = 5
TUS_JS = Path(__file__).parent / "tus_js_client/tus.min.js"


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return make_desk()


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "ORPHANS_KEPT", timedelta(0))


def settle() -> dict[str, str]:
    """What clock and worker do, and a day later: hashes of what came in, by its name."""
    past = timezone.now() - timedelta(minutes=1)
    Upload.objects.filter(lease__isnull=False).update(leased_until=past)
    sweeps.finish()
    for pk in Receipt.objects.filter(state="stored").values_list("pk", flat=True):
        intake.process(pk)
    # a client that did not hear the answer to its POST began another
    Upload.objects.filter(finished_at=None).update(expires_at=past)
    sweeps.tidy()
    files = Attachment.objects.select_related("blob")
    return {one.name: hashlib.sha256(one.blob.read()).hexdigest() for one in files}


def assert_no_orphan(store: Path) -> None:
    assert list(parts.numbers()) == []
    kept = {path.name for path in (store / "files").rglob("*") if path.is_file()}
    rows = Blob.objects.filter(content=None, pruned_at=None)
    assert kept == set(rows.values_list("sha256", flat=True))


def send(url: str, token: str, name: str, content: bytes, cuts: list[int]) -> int:
    """Through a line of its own; how often that was cut."""
    with Cutting(int(url.rpartition(":")[2]), cuts) as line:
        client = TusClient(f"{line.url}/u/{token}/files")
        uploader = client.uploader(
            file_stream=io.BytesIO(content),
            metadata={"filename": name},
            retries=120,
            retry_delay=0.2,
        )
        while uploader.offset < len(content):  # it does not try again to begin
            with contextlib.suppress(TusCommunicationError):
                uploader.upload()
    return line.cuts


def deaths(dice: random.Random, count: int) -> list[str]:
    """Kills at the places where they hurt, spread over all uploads; each is written often."""
    written = ["after_write", "after_sync", "before_commit"]
    places = [*((place, CUTS) for place in written), ("before_keep", 1), ("before_finish", 1)]
    drawn = [(n, dice.choice(places)) for n in range(1, count, max(10, count // 25))]
    return [f"upload.{place}:{n * often}:kill" for n, (place, often) in drawn]


@pytest.mark.parametrize("count", [20, pytest.param(500, marks=pytest.mark.slow)])
def test_every_upload_arrives_once_and_whole(desk: Desk, tmp_path: Path, count: int) -> None:
    dice = random.Random(count)
    films = {f"{n}.bin": dice.randbytes(dice.randrange(300_000, 900_000)) for n in range(count)}
    plans = {
        name: [dice.randrange(5_000, len(film) // (CUTS + 1)) for _ in range(CUTS)]
        for name, film in films.items()
    }
    tokens = {name: ask_for_film(desk.channel, name).token for name in films}
    orders = tmp_path / "orders"
    orders.write_text("\n".join(deaths(dice, count)))
    with Web(tmp_path, orders) as web, ThreadPoolExecutor(8) as hands:
        sent = [
            hands.submit(send, web.url, tokens[name], name, film, plans[name])
            for name, film in films.items()
        ]
        assert [one.result(timeout=600) for one in sent] == [CUTS] * count
    assert web.deaths
    hashes = {name: hashlib.sha256(film).hexdigest() for name, film in films.items()}
    assert settle() == hashes
    assert Upload.objects.filter(resumed__gte=1).count() == count
    assert_no_orphan(tmp_path)


SEND = """
async ([endpoint, size]) => {
  const bytes = new Uint8Array(size);
  for (let n = 0, x = 7; n < size; n++) { x = (x * 1103515245 + 12345) >>> 0; bytes[n] = x >>> 16; }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  await new Promise((resolve, reject) => new tus.Upload(new Blob([bytes]), {
    endpoint, retryDelays: Array(100).fill(50), metadata: { filename: 'film.mp4' },
    onSuccess: resolve, onError: reject,
  }).start());
  return [...digest].map((one) => one.toString(16).padStart(2, '0')).join('');
}
"""


@pytest.mark.browser
def test_tus_js_client_goes_on_by_itself(live: str, desk: Desk, context: BrowserContext) -> None:
    with Cutting(int(live.rpartition(":")[2]), [40_000, 90_000, 10_000, 60_000, 150_000]) as line:
        page = context.new_page()
        page.goto(f"{line.url}/healthz")
        page.evaluate(TUS_JS.read_text())
        digest = page.evaluate(SEND, [f"{line.url}/u/{desk.token}/files", 800_000])
    assert (settle(), line.cuts) == ({"film.mp4": digest}, 5)
    assert limits.STEP > 800_000  # what was kept was kept because the line broke
