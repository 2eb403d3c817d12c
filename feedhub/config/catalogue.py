"""From the files of a configuration to the `Config` that the program runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedhub import model
from feedhub.config import models
from feedhub.config.conditions import Conditions
from feedhub.config.corrections import resolve_corrections
from feedhub.config.feeds import Place, resolve_feeds
from feedhub.config.idle import idle_parts
from feedhub.config.outputs import (
    refined_tags,
    refuse_loops,
    resolve_categories,
    resolve_naming,
    resolve_outputs,
)
from feedhub.config.request import fetch_options, is_secret_header, merged, resolved
from feedhub.config.ruling import doubts, resolve_ruling
from feedhub.config.slips import slips, unnamed_host
from feedhub.config.sources import Sources, read_sources
from feedhub.errors import ConfigError, Problem

DATABASE = "feedhub.sqlite"
DYNAMIC_OUTPUTS = 5000
_NOT_INHERITED = {"workers", "processes", "per_host", "spacing", "private_pace", "outputs", "duplicates"}


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without mistakes.

    `storage` is a SQLAlchemy address, `data` an absolute path, `data_place` where it is written, without a
    message. `files` is every file
    read and `folders` every folder searched for more: a change in any of them means to load again. `workers`
    is how many feeds are asked at a time, `processes` how many processes share that (0: the daemon alone;
    None: what so many feeds are worth). `requests` is how a feed of a category that sets nothing itself is
    asked for, under the empty name one without a category.
    """

    catalogue: model.Catalogue
    storage: str
    data: Path
    data_place: Problem
    host: str
    port: int
    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    warnings: tuple[Problem, ...]
    workers: int = 16
    processes: int | None = None
    requests: Mapping[str, model.FetchOptions] = field(default_factory=dict)
    jekyll: model.JekyllExport | None = None


def load(path: Path, environ: Mapping[str, str], edited: Mapping[Path, str] | None = None) -> Config:
    """Read a configuration with everything it includes; `edited` texts stand for those of their files.

    Raises ConfigError with every mistake at once, file by file, each from top to bottom.
    """
    sources = read_sources(path, environ, edited)
    sections = _Sections(sources)
    hub = sections.take("hub", models.Hub())
    server = sections.take("server", models.Server())
    fetch = sections.take("fetch", models.Fetch())
    defaults = sections.take("defaults", models.Defaults())
    extra: list[Path] = []

    host, port = server.host or "127.0.0.1", server.port or 8000
    data = (sections.folder("hub") / Path(hub.data or "data").expanduser()).resolve()
    storage = _storage(sections, data)
    pages = sections.take("pages", models.Pages())
    exporters = sections.take("exporters", models.Exporters())
    site = _site(hub, pages, host, port)

    inherited: dict[str, Any] = {"timezone": hub.timezone} if hub.timezone else {}
    for name, section in (("fetch", fetch), ("defaults", defaults)):
        place = sections.place(name)
        own = resolved(section, place.document, place.trail, extra)
        for header in filter(is_secret_header, own.get("headers", ())):
            place.note(
                f"{header} would go to every publisher; give it to a category or a feed", "headers", header
            )
        inherited = merged(inherited, {key: own[key] for key in own if key not in _NOT_INHERITED})
    duplicates = defaults.duplicates.given() if defaults.duplicates else {}

    found = resolve_feeds(sources, inherited, duplicates, extra, private_pace=bool(fetch.private_pace))
    conditions = Conditions()
    ruling = resolve_ruling(sources, found, conditions)
    categories = resolve_categories(found)
    for_outputs = defaults.outputs.given() if defaults.outputs else {}
    named: dict[str, Place] = {}
    tags = [*ruling.tags, *(refined_tags(sources, ruling.tags) if found.may_name("tag") else ())]
    outputs = resolve_outputs(sources, categories, tags, site, for_outputs, conditions, extra, named)
    limit = DYNAMIC_OUTPUTS if hub.dynamic_outputs is None else hub.dynamic_outputs
    naming = resolve_naming(found, categories, tags, for_outputs, duplicates, limit)
    refuse_loops(found, outputs, site)
    splits, merges = resolve_corrections(sources)
    jekyll = _jekyll(sections, exporters, data)
    if problems := list(sources.problems()):
        raise ConfigError(problems)

    pace = {key: value for key in ("per_host", "spacing") if (value := getattr(fetch, key)) is not None}
    if hub.retention is not None:
        pace["retention"] = hub.retention
    serving = {key: value for key in ("queries", "deltas") if (value := getattr(server, key)) is not None}
    catalogue = model.Catalogue(
        site,
        found.feeds,
        categories,
        outputs,
        ruling.rules,
        ruling.terms,
        naming,
        splits=splits,
        merges=merges,
        **pace,
        **serving,
    )
    warnings = [*sources.warnings, *found.warnings, *doubts(ruling, found, conditions)]
    warnings += slips(sources, found)
    warnings += unnamed_host(sections.place("server"), host, site.url, given=bool(hub.url))
    warnings += idle_parts(ruling, found, categories, outputs, named, warnings)
    if not found.feeds:
        warnings.append(Problem(str(path), 0, 0, "", "there are no feeds"))
    return Config(
        catalogue=catalogue,
        storage=storage,
        data=data,
        data_place=sections.place("hub").problem("", "data"),
        host=host,
        port=port,
        files=tuple(dict.fromkeys((*sources.files, *extra))),
        folders=tuple(dict.fromkeys(sources.folders)),
        warnings=tuple(warnings),
        workers=fetch.workers or 16,
        processes=fetch.processes,
        requests={"": fetch_options(inherited)}
        | {name: fetch_options(space.settings) for name, space in found.spaces.items()},
        jekyll=jekyll,
    )


class _Sections:
    """The sections that hold for the whole hub; each stands in one of the files."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._places: dict[str, Place] = {}

    def take(self, name: str, absent: Any) -> Any:
        """Return a section, or `absent`; note every file but the first that has it."""
        taken = absent
        for loaded in self._sources.yaml:
            content = getattr(loaded.content, name)
            if content is None:
                continue
            if name in self._places:
                message = f"{name} is set already, in {self._places[name].line()}"
                loaded.document.note((name,), message, key=True)
                continue
            taken, self._places[name] = content, Place(loaded.document, (name,))
        return taken

    def place(self, name: str) -> Place:
        return self._places.get(name) or Place(self._sources.yaml[0].document, (name,))

    def folder(self, name: str) -> Path:
        """Return the folder that a section's paths are relative to."""
        return self.place(name).document.file.parent


def _jekyll(sections: _Sections, exporters: models.Exporters, data: Path) -> model.JekyllExport | None:
    if exporters.jekyll is None:
        return None
    given = exporters.jekyll.given()
    folder = (sections.folder("exporters") / Path(given.pop("dir")).expanduser()).resolve()
    if folder.is_relative_to(data):
        sections.place("exporters").note("the data folder is FeedHub's own: choose another", "jekyll", "dir")
    return model.JekyllExport(folder=str(folder), **given)


def _storage(sections: _Sections, data: Path) -> str:
    address = sections.take("storage", None)
    place = sections.place("storage")
    if address in (None, "sqlite"):
        return f"sqlite:///{data / DATABASE}"
    file = address.removeprefix("sqlite:///")
    if file in ("", address):
        place.note("storage is sqlite or sqlite:///FILE; other databases are not supported yet")
    return f"sqlite:///{(place.document.file.parent / file).resolve()}"


def _site(hub: models.Hub, pages: models.Pages, host: str, port: int) -> model.Site:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    url = hub.url or f"http://{reachable}:{port}/"
    given = {
        key: value
        for key in ("title", "description", "author", "language", "timezone")
        if (value := getattr(hub, key)) is not None
    }
    return model.Site(
        url=url if url.endswith("/") else f"{url}/",
        hubs=tuple(hub.hubs or ()),
        remote_images=bool(pages.remote_images),
        **given,
    )
