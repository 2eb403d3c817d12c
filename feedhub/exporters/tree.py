"""A folder in which files of ours lie beside others': only what changed is written, only ours is removed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedhub.errors import StoreError, UsageError

MANIFEST = ".feedhub.json"
TEMPORARY = ".feedhub-tmp"


@dataclass(frozen=True, slots=True)
class Built:
    """What a run came to: files of ours, and how many of them it wrote and removed."""

    files: int
    written: int
    removed: int


class Tree:
    """One such folder. `memory` is what its writer wants to know the next time, kept with the list of files.

    `save` saves both; where the list is lost, or a run was cut short, ours are taken for others'.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._manifest = self._root / MANIFEST
        self._saved = self._read()
        self._files: set[str] = set(self._saved.get("files", ()))
        self.memory: dict[str, Any] = self._saved.get("memory", {})
        self._folders: dict[str, Path] = {}
        self.written = 0
        self.removed = 0

    @property
    def files(self) -> frozenset[str]:
        """The files that are ours, relative to the folder."""
        return frozenset(self._files)

    @property
    def is_ours(self) -> bool:
        """Whether we have written here before."""
        return bool(self._saved)

    def holds(self, path: str) -> bool:
        """Return whether there is a file at a path, ours or not."""
        return self._place(path).exists()

    def claim(self, paths: Collection[str]) -> None:
        """Call files ours before they are written, so that a run cut short does not take them for others'."""
        if not self._files.issuperset(paths):
            self._files.update(paths)
            self.save()

    def write(self, path: str, body: bytes) -> None:
        """Put a file in place, whole or not at all; one that is there with these bytes is left alone."""
        target = self._place(path)
        self._files.add(path)
        try:
            if target.is_file() and target.read_bytes() == body:
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}{TEMPORARY}")
            temporary.write_bytes(body)
            temporary.replace(target)
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error.strerror}") from error
        self.written += 1

    def read(self, path: str) -> bytes:
        """Return a file's bytes, none if it is not there."""
        target = self._place(path)
        return target.read_bytes() if target.is_file() else b""

    def remove(self, path: str) -> None:
        """Remove a file of ours, and folders that are empty then."""
        if path not in self._files:
            return
        self._files.discard(path)
        target = self._place(path)
        if target.is_file():
            target.unlink()
            self.removed += 1
        for folder in target.relative_to(self._root).parents:
            if folder.parts and (self._root / folder).is_dir() and not any((self._root / folder).iterdir()):
                (self._root / folder).rmdir()

    def keep_only(self, paths: Collection[str]) -> Built:
        """Remove every file of ours that is not listed, and save: the end of a run."""
        for path in sorted(self._files.difference(paths)):
            self.remove(path)
        self.save()
        return Built(len(self._files), self.written, self.removed)

    def save(self) -> None:
        """Write down what is ours, and `memory`."""
        now = {"memory": self.memory, "files": sorted(self._files)}
        if now != self._saved:
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                temporary = self._manifest.with_name(MANIFEST + TEMPORARY)
                temporary.write_text(json.dumps(now, ensure_ascii=False, indent=0), "utf-8")
                temporary.replace(self._manifest)
            except OSError as error:
                raise StoreError(f"cannot write {self._manifest}: {error.strerror}") from error
            self._saved = json.loads(json.dumps(now))

    def _place(self, path: str) -> Path:
        """Return where a file lies; nothing that is named like a way out, and no link out of the folder."""
        above, _, name = path.rpartition("/")
        folder = self._folders.get(above)
        if folder is None:
            folder = self._folders[above] = (self._root / above).resolve()
        if not folder.is_relative_to(self._root) or name in ("", ".", "..", MANIFEST):
            raise StoreError(f"{path!r} does not lie in {self._root}: not written")
        return folder / name

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._manifest.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except NotADirectoryError as error:
            raise UsageError(f"{self._root} is a file or lies in one: choose another folder") from error
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{self._manifest} cannot be read: remove it, or choose another folder"
            ) from error
        return found if isinstance(found, dict) else {}
