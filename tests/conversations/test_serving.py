"""Files over HTTP: in ranges, as they came or as they were made anew, and never run."""

import asyncio
import resource
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from conversations.adapters.messages import File
from conversations.models import Attachment, Channel
from conversations.services import serving, threads
from tests.people import receive

pytestmark = pytest.mark.django_db
LARGE = bytes(range(256)) * 1000
"""Beyond what the table holds."""
SMALL = LARGE[:1000]


def hang(channel: Channel, content: bytes) -> Attachment:
    message = receive(channel, "dana@post.example")
    threads.attach(message, [File(name='r"í.bin', type="", content=content)])
    return message.attachments.select_related("blob").get()


def got(file: Attachment, method: str = "GET", **headers: str) -> tuple[HttpResponseBase, bytes]:
    answer = serving.respond(RequestFactory().generic(method, "/", headers=headers), file)
    return answer, b"".join(answer)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["table", "store"])
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=500-", 500, None),
        ("bytes=-7", -7, None),
        ("bytes=0-99999999", 0, None),
        ("bytes=999-999", 999, 1000),
    ],
)
def test_gives_the_range_that_is_asked(
    content: bytes, asked: str, start: int, end: int | None, support: Channel
) -> None:
    answer, body = got(hang(support, content), Range=asked)
    assert answer.status_code == HTTPStatus.PARTIAL_CONTENT
    assert body == content[start:end]
    first = start % len(content)
    said = f"bytes {first}-{first + len(body) - 1}/{len(content)}"
    assert answer["Content-Range"] == said
    assert answer["Content-Length"] == str(len(body))


@pytest.mark.parametrize("asked", ["", "bytes=2-1", "bytes=-", "lines=1-2", "bytes=0-1,3-4", "x"])
def test_gives_everything_where_no_range_is(asked: str, support: Channel) -> None:
    answer, body = got(hang(support, SMALL), Range=asked)
    assert (answer.status_code, body) == (HTTPStatus.OK, SMALL)
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_says_how_much_there_is_beyond_the_end(asked: str, support: Channel) -> None:
    answer, body = got(hang(support, SMALL), Range=asked)
    assert (answer.status_code, body) == (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"")
    assert answer["Content-Range"] == "bytes */1000"


def test_goes_on_only_with_the_same_bytes(support: Channel) -> None:
    file = hang(support, LARGE)
    etag = got(file)[0]["ETag"]
    wanted = {"Range": "bytes=5-9"}
    assert got(file, **wanted, **{"If-Range": etag})[0].status_code == HTTPStatus.PARTIAL_CONTENT
    for other in ('"other"', "Sat, 28 Nov 2026 10:00:00 GMT"):
        answer, body = got(file, **wanted, **{"If-Range": other})
        assert (answer.status_code, body) == (HTTPStatus.OK, LARGE)


def test_a_head_tells_without_giving(support: Channel) -> None:
    answer, body = got(hang(support, LARGE), "HEAD")
    assert (answer["Content-Length"], body) == (str(len(LARGE)), b"")


def test_what_came_is_kept_and_never_shown(support: Channel) -> None:
    answer, _body = got(hang(support, SMALL))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''r_%C3%AD.bin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("is_pruned", [True, False])
def test_what_is_gone_is_not_found(is_pruned: bool, support: Channel) -> None:
    file = hang(support, LARGE)
    if is_pruned:
        file.blob.let_go()
        file.blob.refresh_from_db()
    else:
        file.blob.path.unlink()
    assert got(file)[0].status_code == HTTPStatus.NOT_FOUND


def test_a_large_file_flows_through_little_memory(support: Channel) -> None:
    """200 MB of nothing, as a server of ours sends it."""
    file = hang(support, LARGE)
    with file.blob.path.open("r+b") as sparse:
        sparse.truncate(200 << 20)
    file.blob.size = 200 << 20
    answer = serving.download(AsyncRequestFactory().get("/"), file.blob, "a")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async

    async def drain(flow: AsyncIterator[bytes]) -> int:
        return sum([len(piece) async for piece in flow])

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert asyncio.run(drain(answer.__aiter__())) == 200 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
