"""Templates and static files: the owner's, from the data folder, before ours.

A template of the owner's that is broken never takes a page away: ours is shown instead, and the log says
which line is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError

OURS = Path(__file__).parent
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""The static files that are served, by suffix."""

_FAULTS = (
    TemplateError, OSError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError,
    RecursionError,
)  # fmt: skip
"""What a template that is wrong may raise."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.pages")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A style sheet, script, image or font."""

    name: str
    body: bytes
    content_type: str


class Theme:
    """Where templates and static files are: `templates/` and `static/` of the owner's folder, or ours."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """`filters` and `values` are what every template may use."""
        self._folder = folder
        ours = FileSystemLoader(OURS / "templates")
        self._ours = _environment(ChoiceLoader([ours, PrefixLoader({"feedhub": ours})]))
        self._theirs: Environment | None = None
        if folder is not None:
            theirs = FileSystemLoader(folder / "templates")
            self._theirs = _environment(ChoiceLoader([theirs, ours, PrefixLoader({"feedhub": ours})]))
        for environment in filter(None, (self._ours, self._theirs)):
            environment.filters.update(filters or {})
            environment.globals.update(values or {})

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """Return a page."""
        if self._theirs is not None and self._stamps():
            try:
                return self._theirs.get_template(template).render(values)
            except _FAULTS as error:
                # Whatever the owner's template does, the page is there.
                log.warning("theme: our template is shown instead", template=template, error=_where(error))
        return self._ours.get_template(template).render(values)

    def mark(self) -> str:
        """Return a text that changes whenever a file of the owner's does."""
        return repr(self._stamps()) if self._folder is not None else ""

    def static(self, name: str) -> StaticFile | None:
        """Return a static file; None if there is none of this name."""
        file = self._find(name)
        return StaticFile(name, file.read_bytes(), TYPES[file.suffix]) if file else None

    def has(self, name: str) -> bool:
        """Return whether there is a static file of this name."""
        return self._find(name) is not None

    def static_names(self) -> list[str]:
        """Return the names of all static files."""
        found = {file.name for folder in self._folders() if folder.is_dir() for file in folder.iterdir()}
        return sorted(name for name in found if self.has(name))

    def _find(self, name: str) -> Path | None:
        for folder in self._folders():
            file = folder / name
            # `..` and separators make a name that is not its file's.
            if file.name == name and file.suffix in TYPES and _is_there(file):
                return file
        return None

    def _folders(self) -> list[Path]:
        """Return where static files are, the owner's before ours."""
        ours = OURS / "static"
        return [ours] if self._folder is None else [self._folder / "static", ours]

    def _stamps(self) -> list[tuple[str, int, int]]:
        if self._folder is None or not self._folder.is_dir():
            return []
        stamps = []
        for file in sorted(self._folder.glob("*/*")):
            try:
                stat = file.stat()
                stamps.append((file.name, stat.st_mtime_ns, stat.st_size))
            except OSError:
                continue
        return stamps


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        # No file has so long a name.
        return False


def _environment(loader: ChoiceLoader) -> Environment:
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _where(error: Exception) -> str:
    """Say what is wrong with a template, and in which line if it can be told."""
    line, name = getattr(error, "lineno", None), getattr(error, "filename", None)
    if line is None:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.endswith((".html", ".xml")):
                name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
            trace = trace.tb_next
    said = f"{type(error).__name__}: {error}"
    return f"{name}:{line}: {said}" if name and line else said
