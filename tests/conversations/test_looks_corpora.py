"""Pictures, films and traps of other projects: whatever they hold, nobody is hurt and none sticks.

A sample of each kind in the suite, all of them in `--all`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from django.test import RequestFactory

from conversations.adapters.messages import File
from conversations.media import running, sniffing
from conversations.media.words import CODES, Unshowable
from conversations.models import Channel, Look, LookState
from conversations.services import looks, serving, threads
from conversations.services.filenames import display_name, sniffed_type
from tests.people import receive

pytestmark = pytest.mark.corpora
ROOT = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere")
DANGEROUS = {"text/html", "image/svg+xml", "text/xml", "application/xhtml+xml"}
EVERY = 6
"""One in so many is in the suite's sample."""


def files(kind: str) -> list[Path]:
    found = sorted(path for path in (ROOT / kind).rglob("*") if path.is_file())
    return [path for path in found if not path.name.startswith("_expected")]


def expected(kind: str) -> Iterator[tuple[Path, dict[str, object]]]:
    for told in sorted((ROOT / kind).rglob("_expected.json")):
        for name, said in json.loads(told.read_text()).items():
            yield told.with_name(name), said


def outcome(path: Path, under: Path) -> str:
    """What came of looking at a file: ok, or the code of why not."""
    kind = sniffing.media_type(path.read_bytes()[: sniffing.HEAD])
    steps = ["picture"] if kind in sniffing.PICTURES else []
    steps = ["probe", "film"] if kind in sniffing.FORMATS else steps
    try:
        for step in steps:
            with running.folder(under) as at, path.open("rb") as file:
                seen = running.look(file, step=step, kind=kind, at=at, is_wanted=lambda: True)
                made = [one.read_bytes() for one in (seen.poster, seen.preview) if one]
                assert made
                assert not any(b"Exif\0\0" in one or b"GPSLat" in one for one in made)
    except Unshowable as reason:
        return reason.code
    return "ok" if steps else "neither"


def looked(paths: list[Path], under: Path) -> Counter[str]:
    with ThreadPoolExecutor(2) as hands:
        found = Counter(hands.map(lambda path: outcome(path, under), paths))
    assert not any(under.iterdir()), "nothing stays"
    assert found.total() == len(paths)
    assert set(found) <= CODES | {"ok", "neither"}
    return found


SETS = ["media-image", "media-video", "media-malformed", "files-hostile", "files-sniff"]


@pytest.mark.parametrize("kind", SETS)
def test_a_sample_is_looked_at(kind: str, tmp_path: Path) -> None:
    under = tmp_path / "looking"
    under.mkdir()
    found = looked(files(kind)[::EVERY], under)
    assert found["crashed"] == found["too_slow"] == found["too_much_memory"] == 0, found


@pytest.mark.slow
@pytest.mark.parametrize("kind", SETS)
def test_every_one_is_looked_at(kind: str, tmp_path: Path) -> None:
    under = tmp_path / "looking"
    under.mkdir()
    found = looked(files(kind), under)
    print(kind, dict(found))
    assert found["crashed"] == found["too_slow"] == found["too_much_memory"] == 0, found


def test_films_are_what_is_said_of_them(tmp_path: Path) -> None:
    """Codec and rotation, where a test of their own project states them."""
    for path, said in expected("media-video"):
        if not {"codec", "rotation"} & set(said):
            continue
        kind = sniffing.media_type(path.read_bytes()[: sniffing.HEAD])
        try:
            with running.folder(tmp_path) as at, path.open("rb") as file:
                found = running.look(
                    file, step="probe", kind=kind, at=at, is_wanted=lambda: True
                ).found
        except Unshowable:
            continue  # beginnings of films, without one picture
        if "codec" in said:
            named = found.codecs.split("/")[0].replace("libdav1d", "av1").replace("libvpx-", "")
            assert named == said["codec"], path
        if "rotation" in said:
            assert found.rotation % 180 == int(str(said["rotation"])) % 180, path


@pytest.mark.django_db
def test_hostile_files_are_kept_and_never_run(support: Channel) -> None:
    message = receive(support, "dana@post.example")
    came = [
        File(name=path.name, type="text/html", content=path.read_bytes())
        for path in files("files-hostile")
    ]
    threads.attach(message, came)
    rows = list(message.attachments.select_related("blob").order_by("position"))
    for row, file in zip(rows, came, strict=True):
        assert row.blob.read() == file.content
        answer = serving.respond(RequestFactory().get("/"), row, "shown")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
    for row in rows:
        looks.look(row.blob_id)
    left = Look.objects.filter(state__in=[LookState.WORKING, LookState.WAITING], is_long=False)
    assert not left.exists()
    drawn = [look for look in Look.objects.all() if look.preview_id]
    for look in drawn:
        assert look.preview is not None
        assert sniffing.media_type(look.preview.read()) in {"image/jpeg", "image/png"}


def test_types_are_found_by_the_bytes() -> None:
    right = {
        "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
        "bmp": "image/bmp", "tif": "image/tiff", "mp4": "video/mp4", "mov": "video/quicktime",
        "webm": "video/webm", "mkv": "video/x-matroska", "avi": "video/x-msvideo",
        "pdf": "application/pdf", "flv": "video/x-flv", "svg": "image/svg+xml",
        "7z": "application/x-7z-compressed", "gz": "application/gzip",
    }  # fmt: skip
    # it only calls itself a picture
    odd = {"fixture-json.webp"}
    told = [(path, str(said.get("ext"))) for path, said in expected("files-sniff")]
    asked = [(path, right[ext]) for path, ext in told if ext in right and path.name not in odd]
    wrong = [
        path.name for path, kind in asked if sniffed_type(path.read_bytes(), "text/plain") != kind
    ]
    assert len(asked) > 15
    assert wrong == []


def test_no_name_leaves_the_folder() -> None:
    cases = [
        case
        for told in sorted((ROOT / "filename-hostile").glob("*.cases.json"))
        for case in json.loads(told.read_text())["cases"]
    ]
    names = [str(case.get("name") or case.get("header")) for case in cases]
    assert len(names) > 200
    for name in names:
        shown = display_name(name)
        assert PurePosixPath(shown).name == PureWindowsPath(shown).name == shown, name
        assert shown not in {"", ".", ".."}
        assert not any(ord(sign) < 32 for sign in shown)
