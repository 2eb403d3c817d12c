"""Whose a lease is: each open store holds a locked file, and the lock dies with its process.

A lease of an owner that is dead need not run out: what it had claimed is due again at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from feedhub.errors import StoreError

NAME_CHARS = 16


class Owner:
    """This store's name among those that share the database, proven by a lock on a file of that name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = secrets.token_hex(NAME_CHARS // 2)
        # Locked before it has its name, so that nobody takes it for one that a dead process left.
        unnamed = folder / f".{self.name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = os.open(unnamed, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            unnamed.rename(folder / self.name)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}; choose another data folder") from error

    def token(self) -> str:
        """Return a new lease token that names its owner."""
        return f"{self.name}{secrets.token_hex(8)}"

    def is_dead(self, token: str) -> bool:
        """Return whether the owner of a lease has ended without giving it back."""
        return self._has_ended(self._folder / token[:NAME_CHARS])

    def sweep(self) -> None:
        """Remove what processes that died have left."""
        for file in self._folder.glob("[!.]*"):
            self._has_ended(file)

    def close(self) -> None:
        """Give the name up, once: later the descriptor's number may be another file's."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with contextlib.suppress(FileNotFoundError):
            (self._folder / self.name).unlink()
        os.close(descriptor)

    def _has_ended(self, file: Path) -> bool:
        """Return whether nobody holds a file's lock any more; then it is removed."""
        if file.name == self.name:
            return False
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink(missing_ok=True)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True
