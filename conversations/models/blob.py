from __future__ import annotations

import hashlib
import os
import secrets
from functools import partial
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from conversations.faults import failpoint

IN_TABLE = 64 * 1024
"""Bytes up to this size live in the table; larger ones in the store."""
SNIFFED = 64 * 1024
"""Bytes at a file's beginning that tell what it is."""
_HELD = """
SELECT id, sha256, size, pruned_at, created_at FROM conversations_blob WHERE sha256 = %s
FOR KEY SHARE
"""


class BlobManager(models.Manager["Blob"]):
    def keep(self, content: bytes) -> Blob:
        """Keep bytes, once per content. They are safe when the surrounding transaction commits.

        The row comes first, and is held: nobody takes the same bytes out until this is committed,
        and then asks once more who refers to them. Raises OSError when the store cannot take them;
        nothing refers to them then.
        """
        digest = hashlib.sha256(content).hexdigest()
        with transaction.atomic():
            is_small = len(content) <= IN_TABLE
            blob = self._row(digest, len(content), content if is_small else None)
            if not is_small:
                _store(digest, content)
        return blob

    def keep_file(self, path: Path, *, sha256: str, size: int) -> Blob:
        """Keep a file's bytes, whose hash and size the caller found out, without reading a large
        one. It must be synced, on the store's file system, and nobody else's: it is moved there.

        As safe as what `keep` is given. The path is free when the surrounding transaction commits;
        where that fails a large file may stand in the store alone, and calling again finds it.
        Raises FileNotFoundError when it is in neither place.
        """
        with transaction.atomic():
            small = path.read_bytes() if size <= IN_TABLE else None
            blob = self._row(sha256, size, small)
            if small is None:
                _move(sha256, path)
        transaction.on_commit(partial(path.unlink, missing_ok=True))
        return blob

    def _row(self, digest: str, size: int, content: bytes | None) -> Blob:
        """`content` where it belongs into the table."""
        blob = None
        while blob is None:  # one that was there may go before it is held
            Blob.objects.bulk_create(
                [Blob(sha256=digest, size=size, content=content)], ignore_conflicts=True
            )
            blob = self.held(digest)
        if blob.pruned_at:
            return self._revive(blob, content)
        if content is not None:
            blob.content = content  # the table has the same, and need not be asked for it
        return blob

    def held(self, digest: str) -> Blob | None:
        """The row without its bytes: until the surrounding transaction ends nobody deletes it, nor
        lets the bytes go. Any number may hold one."""
        return next(iter(self.raw(_HELD, [digest])), None)

    def alone(self, *pks: int) -> list[Blob]:
        """The rows without their bytes, to delete them or let their bytes go in this transaction:
        whoever held one has committed, so that what refers to it can be seen now. Locks these
        before any row that refers to them."""
        return list(self.select_for_update().defer("content").filter(pk__in=pks).order_by("pk"))

    def _revive(self, blob: Blob, content: bytes | None) -> Blob:
        """Bytes that were let go came again."""
        blob.content = content
        blob.pruned_at = None
        blob.save(update_fields=["content", "pruned_at"])
        return blob


class Blob(models.Model):
    """Bytes by their SHA-256 (hex). `size` in bytes."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField(null=True)
    pruned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[BlobManager] = BlobManager()

    class Meta:
        verbose_name = _("blob")
        verbose_name_plural = _("blobs")

    def __str__(self) -> str:
        return self.sha256

    @property
    def path(self) -> Path:
        return _path(self.sha256)

    @staticmethod
    def take_out(digest: str) -> None:
        """Take bytes out of the store, unless a row holds them, or one that is being written."""
        with transaction.atomic():
            # the name is ours until the end: who keeps the same bytes waits, and stores them anew
            _row, is_free = Blob.objects.get_or_create(sha256=digest, defaults={"size": 0})
            if is_free:
                _path(digest).unlink(missing_ok=True)
                transaction.set_rollback(True)

    def let_go(self) -> bool:
        """Forget the bytes, keep their hash. Where others may keep the same: on one of `alone`."""
        with transaction.atomic():
            rows = Blob.objects.filter(pk=self.pk)
            is_there = rows.update(content=None, pruned_at=models.functions.Now())
            self.path.unlink(missing_ok=True)
        return bool(is_there)

    def start(self, size: int = SNIFFED) -> bytes:
        """The first bytes. Raises FileNotFoundError when the store has lost it."""
        if self.content is not None:
            return bytes(self.content[:size])
        with self.path.open("rb") as file:
            return file.read(size)

    def read(self) -> bytes:
        """The whole content. Raises FileNotFoundError when the store has lost it."""
        return bytes(self.content) if self.content is not None else self.path.read_bytes()


def _path(digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "blobs" / digest[:2] / digest[2:4] / digest


def _store(digest: str, content: bytes) -> None:
    """Temporary name, fsync, rename, fsync of the folder: a row never points at half a file."""
    target = _path(digest)
    if target.exists():
        return
    _make_folders(target)
    part = target.with_name(f".{digest}.{secrets.token_hex(8)}")
    try:
        with open(part, "xb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        failpoint("blob.before_rename")
        part.rename(target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _move(digest: str, path: Path) -> None:
    """A synced file gets its name in the store; nothing to do where that is done already."""
    target = _path(digest)
    if target.exists():
        return
    _make_folders(target)
    failpoint("blob.before_rename")
    path.rename(target)
    _sync_folder(target.parent)


def _make_folders(target: Path) -> None:
    for folder in (Path(settings.MEDIA_ROOT), *target.parents[2::-1]):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _private(path: str, flags: int) -> int:
    """What customers send is for this process's user alone, whatever the umask says."""
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
