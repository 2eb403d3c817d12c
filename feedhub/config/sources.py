"""The files of a configuration: the main one, what it includes, what those include."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from feedhub.config.document import MAX_BYTES, Document
from feedhub.config.models import File
from feedhub.config.opml import OpmlError, OpmlFeed, read_opml
from feedhub.config.wording import check
from feedhub.errors import ConfigError, Problem

MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """One YAML file, read and checked."""

    document: Document
    content: File


@dataclass(slots=True)
class Sources:
    """Everything that was read. `folders` are those searched for a `*`: a new file there counts. `edited` are
    texts that are taken for those of their files, by resolved path."""

    yaml: list[Loaded] = field(default_factory=list)
    opml: list[tuple[Document, tuple[OpmlFeed, ...]]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    edited: Mapping[Path, str] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """Return a file's text; raises ValueError with a sentence."""
        edited = self.edited.get(path.resolve()) if self.edited else None
        return text_of(bytes_of(path)) if edited is None else edited

    def problems(self) -> Iterator[Problem]:
        """Return what is wrong with each file, file by file, each from top to bottom."""
        for document in [loaded.document for loaded in self.yaml] + [document for document, _ in self.opml]:
            yield from sorted(document.problems, key=lambda problem: (problem.line, problem.column))


def read_sources(path: Path, environ: Mapping[str, str], edited: Mapping[Path, str] | None = None) -> Sources:
    """Read a file and all it includes, the including one first. Mistakes are noted in the documents.

    Raises ConfigError if the main file cannot be read at all.
    """
    sources = Sources(edited=edited or {})
    try:
        text = sources.text(path)
    except ValueError as error:
        raise ConfigError([Problem(str(path), 0, 0, "", str(error))]) from error
    _read_yaml(path, text, environ, sources, ())
    return sources


def _read_yaml(
    path: Path, text: str, environ: Mapping[str, str], sources: Sources, above: tuple[Path, ...]
) -> None:
    document = Document(path, text, environ)
    content = check(document)
    sources.yaml.append(Loaded(document, content))
    sources.files.append(path.resolve())
    chain = (*above, path.resolve())
    for index, pattern in enumerate(content.include or ()):
        trail = ("include", index)
        for found in _matching(document, trail, pattern, sources):
            if found.resolve() in chain:
                if not _is_glob(pattern):
                    document.note(trail, f"{found.name} includes itself, by way of the files above")
                continue
            if found.resolve() in sources.files:
                continue
            if len(sources.files) >= MAX_FILES:
                document.note(trail, f"more than {MAX_FILES} files")
                return
            try:
                _read_any(found, environ, sources, chain)
            except ValueError as error:
                document.note(trail, f"{pattern}: {error}")


def _read_any(path: Path, environ: Mapping[str, str], sources: Sources, chain: tuple[Path, ...]) -> None:
    if path.suffix.lower() in (".yaml", ".yml"):
        _read_yaml(path, sources.text(path), environ, sources, chain)
        return
    if path.suffix.lower() not in (".opml", ".xml"):
        raise ValueError("only .yaml, .yml, .opml and .xml files can be included")
    document = Document(path)
    sources.files.append(path.resolve())
    try:
        subscriptions = read_opml(bytes_of(path))
    except OpmlError as error:
        document.problems.append(Problem(str(path), 0, 0, "", str(error)))
        sources.opml.append((document, ()))
        return
    sources.opml.append((document, subscriptions.feeds))
    sources.warnings += [Problem(str(path), 0, 0, "", skipped) for skipped in subscriptions.skipped]


def _matching(document: Document, trail: tuple[str | int, ...], pattern: str, sources: Sources) -> list[Path]:
    if "://" in pattern:
        document.note(trail, "only files can be included, no addresses")
        return []
    base = document.file.parent
    wanted = Path(os.path.expanduser(pattern))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    if not _is_glob(pattern):
        found = base / wanted
        if found.is_file():
            return [found]
        document.note(trail, f"{pattern}: no such file" if not found.exists() else f"{pattern}: not a file")
        return []
    root = Path(wanted.anchor) if wanted.is_absolute() else base
    relative = str(wanted.relative_to(wanted.anchor)) if wanted.is_absolute() else str(wanted)
    fixed = root
    for part in Path(relative).parts:
        if _is_glob(part):
            break
        fixed = fixed / part
    sources.folders.append(fixed.resolve())
    try:
        matching = sorted(found for found in root.glob(relative) if found.is_file())
    except (ValueError, NotImplementedError) as error:
        document.note(trail, f"{pattern}: {error}")
        return []
    if not matching:
        sources.warnings.append(document.problem(trail, f"{pattern}: no file is called so yet"))
    return matching


def _is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def text_of(raw: bytes) -> str:
    """Return the text of a YAML file; raises ValueError with a sentence."""
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"not UTF-8 text (line {line})") from error


def bytes_of(path: Path) -> bytes:
    """Return a file's bytes; raises ValueError with a sentence."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from error
