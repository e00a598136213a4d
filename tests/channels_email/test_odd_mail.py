"""Mail that broke on its way, or that no standard ever allowed: what its sender meant is read."""

import struct

import pytest

from conversations.adapters.messages import InboundMessage
from tests.channels_email.mails import mail
from tests.channels_email.test_mime import parts, read

HEAD = b"From: Ana <ana@client.example>\r\n"


def test_reads_headers_behind_a_line_that_is_none() -> None:
    message = read(
        b"Received: from a.example\r\nby b.example\r\nX-Long: abc\r\n"
        b"d0/fe7+\r\n" + HEAD + b"Subject: Chair\r\n\r\nIt broke."
    )
    assert (message.subject, message.text) == ("Chair", "It broke.")
    assert message.sender.value == "ana@client.example"


def test_reads_a_header_of_broken_lines_in_no_time() -> None:
    message = read(HEAD + b"x\n" * 200_000 + b"Subject: Chair\r\n\r\nIt broke.")
    assert message.sender.value == "ana@client.example"


@pytest.mark.parametrize("first", [b"---- Original message ----\r\n", b"Fwd by a machine\n"])
def test_reads_headers_below_a_first_line_that_is_none(first: bytes) -> None:
    message = read(first + HEAD + b"Subject: Chair\r\n\r\nIt broke.")
    assert (message.subject, message.text) == ("Chair", "It broke.")


def test_reads_a_field_with_a_space_before_its_colon() -> None:
    message = read(HEAD + b"Subject : Chair\r\nDate : now\r\n\r\nIt broke.")
    assert (message.subject, message.text) == ("Chair", "It broke.")


@pytest.mark.parametrize("text", [b"Hi,\n\nmy chair broke.\n\nAna", b"Broken: my chair\n\nHelp"])
def test_a_text_without_headers_loses_no_word(text: bytes) -> None:
    assert read(text).text == text.decode()


def test_a_text_that_begins_without_a_blank_line_stays_text() -> None:
    message = read(HEAD + b"Subject: Chair\r\nMy chair broke.\r\nPlease help.\r\n")
    assert message.text == "My chair broke.\r\nPlease help.".replace("\r\n", "\n")


def in_header(raw: bytes, charset: str = "") -> InboundMessage:
    kind = f"Content-Type: text/plain; charset={charset}\r\n".encode() if charset else b""
    return read(HEAD + b"Subject: " + raw + b"\r\n" + kind + b"\r\n.")


@pytest.mark.parametrize(
    ("raw", "charset", "shown"),
    [
        ("Größe".encode(), "iso-8859-1", "Größe"),
        ("Größe".encode("cp1252"), "", "Größe"),
        ("Café año".encode("cp1252"), "us-ascii", "Café año"),
        ("не работает".encode("koi8-r"), "koi8-r", "не работает"),
        ("ツール".encode("cp932"), "iso-2022-jp", "ツール"),
        ("转发整体提升企业服务水平".encode("gbk"), "iso-8859-1", "转发整体提升企业服务水平"),
        (b"=?iso-8859-1?Q?Gr\xf6\xdfe?=", "", "Größe"),
        (b"=?utf-8?Q?Gr\xc3\xb6=C3=9Fe?=", "iso-8859-1", "Größe"),
    ],
)
def test_decodes_raw_bytes_in_headers(raw: bytes, charset: str, shown: str) -> None:
    assert in_header(raw, charset).subject == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b$B$3$s$K$A$O\x1b(B!", "こんにちは!"),
        (b"\x1b$B-!1F#3\x1b(B", "①影３"),
        (b"\x1b(I1\x1b(B", "ｱ"),
        ("ツール".encode("cp932"), "ツール"),
        (b"\x1b$B!!", "\u3000"),
    ],
)
def test_reads_japanese_as_it_is_sent(raw: bytes, shown: str) -> None:
    head = HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    assert read(head + b"> " + raw + b"\r\nend").text == f"> {shown}\nend"


@pytest.mark.parametrize(
    "kind",
    [
        'multipart/mixed;\r\n boundary="b"',
        'multipart/mixed\r\n\tboundary="b"',
        "multipart/mixed; BOUNDARY=b",
    ],
)
def test_finds_parts_behind_an_odd_boundary(kind: str) -> None:
    body = (
        f"Content-Type: {kind}\r\n\r\n--b\r\n\r\nwords\r\n--b\r\nContent-Type: image/png\r\n\r\nx"
    )
    message = read(HEAD + body.encode())
    assert (message.text, [file.name for file in message.files]) == ("words", ["image.png"])


def test_shows_what_lost_its_boundary() -> None:
    body = 'Content-Type: multipart/mixed; boundary="a--"\r\n\r\nwords\r\n--elsewhere\r\n'
    assert "words" in read(HEAD + body.encode()).text


def test_alternatives_that_say_different_things_are_all_shown() -> None:
    texts = ("Content-Type: text/plain\r\n\r\nOne", "Content-Type: text/plain\r\n\r\nTwo")
    assert read(parts(*texts, kind="alternative")).text == "One\n\nTwo"


def test_mails_of_a_digest_are_files() -> None:
    inner = "\r\nSubject: Inner\r\n\r\nwords"
    assert [f.name for f in read(parts(inner, kind="digest")).files] == ["Inner.eml"]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Content-Type: image/jpeg\r\nContent-ID: <image001.jpg@x>", "image001.jpg"),
        ("Content-Type: video/quicktime", "video.mov"),
        ("Content-Type: text/calendar", "invite.ics"),
        ('Content-Type: image/png; name="C:\\TEMP\\a.png"', "C:\\TEMP\\a.png"),
    ],
)
def test_names_files_without_a_name(head: str, name: str) -> None:
    (file,) = read(parts(f"{head}\r\n\r\nx")).files
    assert file.name == name


def tnef(*files: tuple[str, bytes]) -> bytes:
    """A winmail.dat (MS-OXTNEF 2.1): signature, key, then attributes with their check sums."""

    def attribute(level: int, number: int, content: bytes) -> bytes:
        head = struct.pack("<BII", level, number, len(content))
        return head + content + struct.pack("<H", sum(content) & 0xFFFF)

    package = struct.pack("<IH", 0x223E9F78, 1)
    package += attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    for name, content in files:
        package += attribute(2, 0x00069002, b"\x01" + b"\x00" * 13)
        package += attribute(2, 0x00018010, name.encode() + b"\x00")
        package += attribute(2, 0x0006800F, content)
    return package


def packed(package: bytes) -> bytes:
    head = HEAD + b'MIME-Version: 1.0\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n'
    return head + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + package


@pytest.mark.parametrize(
    ("package", "names"),
    [
        (tnef(("a.txt", b"one"), ("b.pdf", b"%PDF")), ["a.txt", "b.pdf"]),
        (tnef(("a.txt", b"")), ["a.txt", "winmail.dat"]),
        (tnef(("a.txt", b"one"))[:-6], ["a.txt", "winmail.dat"]),
        (b"no package", ["winmail.dat"]),
    ],
)
def test_unpacks_winmail_and_keeps_what_it_cannot(package: bytes, names: list[str]) -> None:
    assert [file.name for file in read(packed(package)).files] == names


def test_an_address_that_is_none_shows_its_comment() -> None:
    sender = read(mail(sender="MAILER-DAEMON (Mail Delivery System)")).sender
    assert sender.name == "Mail Delivery System"
