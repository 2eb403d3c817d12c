"""The configuration's files changed by a command: one command at a time, whole files only, nothing wrong."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedhub.config import Config, Edit


@contextmanager
def alone(main: Path) -> Iterator[None]:
    """Let no other `feedhub` edit this configuration meanwhile: the lock is on its folder."""
    descriptor = os.open(main.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def save(main: Path, edit: Edit) -> Config:
    """Put an edited file in place, if the configuration with it is good; return that configuration.

    Raises UsageError if it would be wrong, or if somebody else has just changed the file.
    """
    from feedhub import config
    from feedhub.errors import ConfigError, UsageError

    target = edit.file.resolve()
    try:
        loaded = config.load(main, os.environ, {target: edit.text()})
    except ConfigError as error:
        told = "\n".join(f"  {problem}" for problem in error.problems)
        raise UsageError(f"nothing is changed, since the file would be wrong then:\n{told}") from error
    try:
        replace(target, edit)
    except OSError as error:
        raise UsageError(f"cannot write {edit.file}: {error.strerror}") from error
    return loaded


def replace(target: Path, edit: Edit) -> None:
    """Write beside the file, flush, and rename over it, its mode and owner kept; OSError, UsageError."""
    from feedhub.errors import UsageError

    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            was = target.stat()
            os.fchmod(file.fileno(), was.st_mode & 0o7777)
            with suppress(PermissionError):
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            file.write(edit.after)
            file.flush()
            os.fsync(file.fileno())
        if target.read_bytes() != edit.before:
            raise UsageError(f"{edit.file} was changed by somebody else just now; try again")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
