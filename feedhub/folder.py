"""The folder of published files, `DATA/public`: whole files only, never half, nothing outside it."""

from __future__ import annotations

import fcntl
import gzip
import os
from collections.abc import Collection
from pathlib import Path

from feedhub.errors import StoreError
from feedhub.model import Document, etag_of

GZIP_LEVEL = 6
TEMPORARY = ".tmp"


class PublicFolder:
    """Published documents as files, each with its gzip beside it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def write(self, document: Document) -> None:
        """Put a document in place by rename, flushed to disk first; its modification time is its own."""
        target = self._place(document.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        stamp = document.modified_at.timestamp()
        compressed = gzip.compress(document.body, GZIP_LEVEL, mtime=0)
        replace(target.with_name(target.name + ".gz"), compressed, stamp)
        replace(target, document.body, stamp)
        flush_folder(target.parent)

    def holds(self, path: str, etag: str) -> bool:
        """Return whether the file is there with the bytes that its ETag was made of."""
        target = self._place(path)
        compressed = target.with_name(target.name + ".gz")
        return target.is_file() and compressed.is_file() and etag_of(target.read_bytes()) == etag

    def keep_only(self, paths: Collection[str]) -> None:
        """Remove what is not listed: outputs that are gone, and temporary files of an interrupted write."""
        if not self._root.is_dir():
            return
        wanted = {self._place(path) for path in paths}
        for file in sorted(self._root.rglob("*"), reverse=True):
            if file.is_dir() and not file.is_symlink():
                if not any(file.iterdir()):
                    file.rmdir()
            elif file in wanted or file.with_name(file.name.removesuffix(".gz")) in wanted:
                continue
            elif not (file.suffix == TEMPORARY and is_being_written(file)):
                file.unlink(missing_ok=True)

    def _place(self, path: str) -> Path:
        target = (self._root / path).resolve()
        if not target.is_relative_to(self._root) or target == self._root:
            raise StoreError(f"{path!r} does not lie in {self._root}: not written")
        return target


def replace(target: Path, body: bytes, stamp: float) -> None:
    """Write beside the target, flush, then rename over it: a reader sees the old file or the new one."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            os.utime(temporary, (stamp, stamp))
            temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"cannot write {target}: {error.strerror}; is the disk full?") from error


def is_being_written(temporary: Path) -> bool:
    """Return whether another process, such as a second daemon beside this one, is at this file."""
    try:
        with temporary.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
