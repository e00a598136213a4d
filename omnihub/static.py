"""Static files: small, immutable, hashed; never media."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("inbox/js/*.js", "channels_*/js/*.js")
IMPORT = r"""(?m)(?P<matched>(?P<import>^import (?:[^"'\n]* from )?)"(?P<url>\./[^"]+)")"""
"""As we write imports: on a line of their own, without the semicolon that Django looks for."""


def without_comments(script: str) -> str:
    """Lines that only say why are for who reads the source: an eighth of what browsers fetch."""
    return re.sub(r"^ *//.*\n", "", script, flags=re.MULTILINE)


class Storage(CompressedManifestStaticFilesStorage):
    """A template that names a missing file must not take its page down. What a module imports
    has a hashed name too."""

    manifest_strict = False
    # our own modules alone: other packages' comments look like imports of files that are not there
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((ours, ((IMPORT, '%(import)s"%(url)s"'),)) for ours in OURS),
    )

    def _save(self, name: str, content: File[Any]) -> str:
        if any(fnmatch(name, ours) for ours in OURS):
            # read from its start: whoever hashed it has read it to its end
            whole = b"".join(content.chunks()).decode()
            content = ContentFile(without_comments(whole).encode())
        saved: str = super()._save(name, content)
        return saved


class StaticFiles(WhiteNoiseMiddleware):
    """Under ASGI a file iterator is consumed whole anyway, with a warning: so read it whole."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        answer = static_file.get_response(request.method, request.META)
        body = b"" if answer.file is None else answer.file.read()
        if answer.file is not None:
            answer.file.close()
        response = HttpResponse(body, status=int(answer.status))
        del response["content-type"]
        for name, value in answer.headers:
            response[name] = value
        return response


def collect() -> bool:
    """collectstatic, when any file changed since the last time. True when it ran."""
    root, seen = Path(settings.STATIC_ROOT), Path(settings.STATIC_ROOT) / ".collected"
    wanted = _fingerprint()
    if seen.is_file() and seen.read_text() == wanted:
        return False
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    seen.write_text(wanted)
    return True


def _fingerprint() -> str:
    """Of names, sizes and times: hashing the content would cost what it saves."""
    lines = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            lines.append(f"{storage.path(path)} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
