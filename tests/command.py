"""The real command in a subprocess, and a data folder for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests import preloaded

FEEDHUB = [sys.executable, "-m", "feedhub"]


class Workplace:
    """A folder with a configuration, in which `feedhub` is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "feedhub.yaml"
        self._ahead_s = 0

    @property
    def public(self) -> Path:
        return self.folder / "data" / "public"

    def configure(self, config: Mapping[str, Any]) -> None:
        """Write the YAML: `config` over a hub that may ask loopback and keeps its data here."""
        base: dict[str, Any] = {
            "hub": {"title": "Test hub", "url": "https://hub.example/", "data": "data"},
            "fetch": {"allow_private": ["127.0.0.0/8"]},
        }
        self.file.write_text(yaml.safe_dump({**base, **config}, allow_unicode=True), encoding="utf-8")

    def run(self, *arguments: str, code: int = 0, timeout: float = 60) -> str:
        """Run the command to its end and return its stdout; its exit code must be `code`."""
        # Published dates have whole seconds: within one, what must keep its date would do so by chance.
        self._ahead_s += 1
        done = preloaded.run(
            ["-c", str(self.file), *arguments], self.folder, clean_environment(), timeout, self._ahead_s
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.stderr = done.stderr
        return done.stdout

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start the command and return at once."""
        return subprocess.Popen(
            [*FEEDHUB, "-c", str(self.file), *arguments],
            text=True,
            env=clean_environment(),
            cwd=self.folder,
            **options,
        )

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of a published JSON Feed."""
        feed: dict[str, Any] = json.loads((self.public / f"{path}.json").read_bytes())
        return list(feed["items"])

    def files(self) -> dict[str, bytes]:
        """Return every published file."""
        return {
            str(file.relative_to(self.public)): file.read_bytes()
            for file in sorted(self.public.rglob("*"))
            if file.is_file()
        }


def clean_environment() -> dict[str, str]:
    """Return an environment without what could lead a test elsewhere."""
    return {**{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}}
