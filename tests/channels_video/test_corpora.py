"""Another server's cases, and names that other people's servers fell for."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.conf import settings

from channels_video import metadata, parts
from channels_video.models import Upload, VideoSettings
from tests.channels_sms.corpora import cases
from tests.channels_video.client import ask, create, patch
from tests.channels_video.conftest import Desk

pytestmark = pytest.mark.corpora

OFF = (
    "concat_test.go",  # no concatenation
    "cors_test.go",  # one page asks, our own
    "get_test.go",  # nothing is handed out by a link
)
OTHER_WORDS = {
    # the length is said at once, and the method is what the request says it is
    "DeferLengthHeader", "DeclareLengthOnFinalChunk", "DeclareLengthAfterFinalChunk",
    "DeclareLengthOnNonFinalChunk", "MethodOverriding", "ExperimentalProtocol",
    # hooks of that server
    "RequestUnlock", "StopUpload", "RejectTermination", "NotProvided", "ForwardHeaders",
    # bytes that come with the first request are left to the next
    "WithUpload",
}  # fmt: skip
SAME = {200: {200, 204}, 404: {404}}
"""OPTIONS is answered 204 as well as 200."""


def wanted() -> list[dict[str, Any]]:
    found = cases("tus")
    return [c for c in found if c["file"] not in OFF and c["case"] not in OTHER_WORDS]


def _state(case: dict[str, Any], name: str) -> int:
    """A number that the other server's store is told, as `Size: 300`."""
    _, found, rest = case["store_state"].partition(f"{name}: ")
    return int(rest.split(",")[0].split()[0]) if found else 0


@pytest.mark.parametrize("case", wanted(), ids=range(len(wanted())))
def test_what_another_server_answers(desk: Desk, case: dict[str, Any]) -> None:
    VideoSettings.objects.update(largest_size=int(case["server_config"].get("MaxSize", 1000)))
    path = f"/u/{desk.token}/files"
    if case["method"] != "POST" and case["method"] != "OPTIONS":
        path = f"{path}/{'0' * 32}"
    if case["url"] == "yes":
        size, offset = _state(case, " Size") or 20, _state(case, " Offset")
        path = create(desk.token, size)
        if offset:
            patch(path, 0, b"x" * offset)
    body = [case["request_body"].encode()] if case["request_body"] else []
    answer = ask(case["method"], path, body=body, headers=case["request_headers"] or {"x": "y"})
    assert answer.status in SAME.get(case["expected_status"], {case["expected_status"]}), answer
    for name in ("Upload-Offset", "Upload-Length", "Tus-Resumable", "Cache-Control"):
        expected = case["expected_headers"].get(name)
        assert expected in {None, answer.headers.get(name.lower())}


def test_no_name_leads_out_of_the_folder(desk: Desk) -> None:
    names = [case.get("name") or case["header"] for case in cases("filename-hostile")]
    for name in names:
        said = base64.b64encode(name.encode("utf-8", "surrogatepass")).decode()
        shown, _ = metadata.name_and_type(f"filename {said}")
        assert set(shown).isdisjoint('/\\:\x00<>"\n\r')
        assert shown not in {"", ".", ".."}
    for name in names[:: len(names) // 10]:
        path = create(desk.token, 5, name=name)
        assert parts.path(Upload.objects.latest("pk").number).exists()
        assert patch(path, 0, b"12345").status == 204
    stray = [f for f in settings.MEDIA_ROOT.parent.rglob("*") if f.is_file()]
    assert (len(names), stray) == (250, [])
