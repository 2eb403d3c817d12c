"""The folder of published files, `DATA/public`: whole files only, never half, nothing outside it."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from feedhub.errors import StoreError
from feedhub.model import Document, etag_of
from feedhub.packing import pack

WRITERS = 8
TOGETHER = 30
"""Documents that are flushed together: two open files each."""
TRIES = 100
TEMPORARY = ".tmp"


class PublicFolder:
    """Published documents as files, each with its gzip beside it. `private`: for their owner alone."""

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self._root = root.resolve()
        self._private = private

    def write(self, *documents: Document) -> None:
        """Put documents in place by rename, flushed to disk first; their modification times are their own.

        Flushed together they cost a file system little more than one.
        """
        if self._private:
            with suppress(OSError):  # Whatever it is, writing will tell.
                self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(WRITERS, "feedhub-write") as writers:
            for first in range(0, len(documents), TOGETHER):
                replace_all(self._files(documents[first : first + TOGETHER]), writers)

    def holds(self, path: str, etag: str) -> bool:
        """Return whether the file is there with the bytes that its ETag was made of."""
        target = self._place(path)
        compressed = target.with_name(target.name + ".gz")
        return target.is_file() and compressed.is_file() and etag_of(target.read_bytes()) == etag

    def keep_only(self, paths: Callable[[], Collection[str]]) -> list[str]:
        """Remove what is not listed: outputs that are gone, and temporary files of an interrupted write.

        A file that another process writes meanwhile was listed before it was written.
        """
        files = sorted(self._root.rglob("*"), reverse=True) if self._root.is_dir() else []
        wanted = {self._place(path) for path in paths()}
        removed = []
        for file in files:
            if file.is_dir() and not file.is_symlink():
                with suppress(OSError):  # Another process may fill it, or have removed it.
                    file.rmdir()
            elif file in wanted or file.with_name(file.name.removesuffix(".gz")) in wanted:
                continue
            elif file.suffix == TEMPORARY:
                remove_abandoned(file)
            else:
                file.unlink(missing_ok=True)
                removed.append(str(file.relative_to(self._root)))
        return removed

    def _files(self, documents: Iterable[Document]) -> Iterator[tuple[Path, bytes, float]]:
        for one in documents:
            target, stamp = self._place(one.path), one.modified_at.timestamp()
            yield target.with_name(target.name + ".gz"), one.packed or pack(one.body), stamp
            yield target, one.body, stamp

    def _place(self, path: str) -> Path:
        target = (self._root / path).resolve()
        if not target.is_relative_to(self._root) or target == self._root:
            raise StoreError(f"{path!r} does not lie in {self._root}: not written")
        return target


def replace_all(files: Iterable[tuple[Path, bytes, float]], writers: Executor) -> None:
    """Write files beside their places, flush them all, then rename: a reader sees old or new ones."""
    beside = [Beside(target, body, stamp) for target, body, stamp in files]
    try:
        for _ in writers.map(Beside.write, beside):
            pass
        for one in beside:
            one.rename()
        for folder in {one.target.parent for one in beside}:
            flush_folder(folder)
    finally:
        for one in beside:
            one.close()


class Beside:
    """A new file beside the one that it is to replace, locked as long as it is there."""

    def __init__(self, target: Path, body: bytes, stamp: float) -> None:
        self.target = target
        self._body = body
        self._stamp = stamp
        self._temporary = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY}")
        self._file: BinaryIO | None = None

    def write(self) -> None:
        """Write and flush it."""
        with self._wrapped():
            self._file = file = locked(self._temporary)
            file.write(self._body)
            file.flush()
            os.fsync(file.fileno())
            os.utime(self._temporary, (self._stamp, self._stamp))

    def rename(self) -> None:
        """Put it in its place."""
        with self._wrapped():
            self._temporary.replace(self.target)

    def close(self) -> None:
        """Remove it, unless it is in its place."""
        if self._file is not None:
            self._temporary.unlink(missing_ok=True)
            with suppress(OSError):  # A full disk refuses once more what was not written.
                self._file.close()

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"cannot write {self.target}: {error.strerror}; is the disk full?") from error


def locked(temporary: Path) -> BinaryIO:
    """Open a file for writing and lock it, its folder made if need be.

    Again if it was taken for abandoned before it was locked, or its folder for empty before it was there.
    """
    for left in reversed(range(TRIES)):
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            file = temporary.open("wb")
        except FileNotFoundError:
            if left:
                continue
            raise
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(temporary))


def remove_abandoned(temporary: Path) -> None:
    """Remove what an interrupted write left, not what another process is at, such as a second daemon."""
    with suppress(FileNotFoundError, BlockingIOError), temporary.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Under the lock: who opened it meanwhile sees that it is gone, and makes another.
        temporary.unlink()


def flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
