"""Whose a lease is: each open store holds a locked file, and the lock dies with its process.

A lease of an owner that is dead need not run out: what it had claimed is due again at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

NAME_CHARS = 16


class Owner:
    """This store's name among those that share the database, proven by a lock on a file of that name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.name = secrets.token_hex(NAME_CHARS // 2)
        self._descriptor = os.open(folder / self.name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def token(self) -> str:
        """Return a new lease token that names its owner."""
        return f"{self.name}{secrets.token_hex(8)}"

    def is_dead(self, token: str) -> bool:
        """Return whether the owner of a lease has ended without giving it back."""
        file = self._folder / token[:NAME_CHARS]
        if file.name == self.name:
            return False
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        file.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Give the name up."""
        with contextlib.suppress(FileNotFoundError):
            (self._folder / self.name).unlink()
        os.close(self._descriptor)
