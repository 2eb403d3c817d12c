"""`feedhub run` and `feedhub serve`: the daemon, and its web half alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.context import Options

if TYPE_CHECKING:
    from feedhub.app import App
    from feedhub.pages import HubState
    from feedhub.scheduler import Daemon
    from feedhub.web import WebServer

TICK = timedelta(seconds=1)
NOTICE = timedelta(minutes=1)
WATCH = timedelta(seconds=2)
PURGE = timedelta(hours=1)
SERVER_STOPS_S = 3


def run(
    context: typer.Context,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages and feeds too.")
    ] = True,
) -> None:
    """Run the daemon: poll, publish, serve, until SIGTERM. SIGHUP or an edit reloads the configuration."""
    options: Options = context.obj
    loaded = options.load()
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    with options.open(loaded, polling=True) as app:
        daemon(app, options.path(), serving=serving)


def serve(context: typer.Context) -> None:
    """Serve what is published, without polling."""
    from feedhub.scheduler import Daemon, Task

    options: Options = context.obj
    with options.open() as app:
        server, thread = start_server(app, lambda: health(app))
        tasks = Task("names", app.hub.refresh, WATCH), Task("index", app.store.index, TICK)
        Daemon(tasks, reload=lambda: app.reload(options.path(), os.environ)).run()
        stop_server(server, thread)


def daemon(app: App, path: Path, *, serving: bool) -> None:
    """Run the recurring tasks, and the web server in a thread, until a signal ends them."""
    from feedhub.scheduler import Daemon, Task

    watched = Watched(app, path)
    app.hub.mirror()
    tasks = (
        Task("poll", lambda: sum(1 for _ in app.hub.poll_due()), TICK),
        Task("publish", app.publish, TICK),
        Task("export", app.export, TICK, at_once=False),
        Task("index", app.store.index, TICK),
        Task("notice", lambda: app.store.notice(app.clock()), NOTICE),
        Task("watch", watched.look, WATCH, at_once=False),
        Task("purge", app.hub.purge, PURGE, at_once=False),
    )
    runs, started_at = Daemon(tasks, reload=watched.reload), app.clock()
    server = start_server(app, lambda: health(app, runs, started_at)) if serving else None
    runs.run()
    if server:
        stop_server(*server)


def start_server(app: App, health: Callable[[], HubState]) -> tuple[WebServer, threading.Thread]:
    """Serve in a thread; raises UsageError where the address is taken."""
    from feedhub import __version__, web

    pages = web.create_app(
        app.store,
        lambda: app.hub.catalogue,
        app.hub,
        version=__version__,
        health=health,
        clock=app.clock,
        theme=app.config.data / "theme",
    )
    server = web.server(pages, app.config.host, app.config.port)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    typer.echo(f"Serving http://{server.host}:{server.port}/ (Ctrl-C ends)", err=True)
    return server, thread


def stop_server(server: WebServer, thread: threading.Thread) -> None:
    """Let the server finish its requests, for a moment."""
    server.stop()
    thread.join(SERVER_STOPS_S)


def health(app: App, daemon: Daemon | None = None, started_at: datetime | None = None) -> HubState:
    """Return how the hub fares: what `/healthz` says."""
    from feedhub.pages import HubState, TaskState

    pulses = dict(daemon.pulses) if daemon else {}
    tasks = tuple(TaskState(name, pulse.ended_at, pulse.error) for name, pulse in sorted(pulses.items()))
    catalogue = app.hub.catalogue
    return HubState(len(catalogue.feeds), len(catalogue.outputs), started_at, tasks, app.mistakes)


Stamps = tuple[tuple[str, int, int], ...]
"""Name, time and size of files, as they were at a look."""


class Watched:
    """The configuration's files: looked at every few seconds, reloaded when one changed.

    An editor may write in steps: a change is taken when two looks in a row see the same.
    """

    def __init__(self, app: App, path: Path) -> None:
        self._app = app
        self._path = path
        self._taken: Stamps = self._stamps()
        self._last = self._taken

    def look(self) -> None:
        """Reload if the files changed and have come to rest."""
        stamps = self._stamps()
        if stamps == self._last != self._taken:
            self.reload()
        self._last = stamps

    def reload(self) -> None:
        """Take the files over as they are now."""
        # Should the store be locked or full, the next look finds the files untaken and tries again.
        self._taken = ()
        self._app.reload(self._path, os.environ)
        self._taken = self._last = self._stamps()

    def _stamps(self) -> Stamps:
        found = []
        for file in (*self._app.config.files, *self._app.config.folders):
            try:
                stat = file.stat()
                found.append((str(file), stat.st_mtime_ns, stat.st_size))
            except OSError:
                found.append((str(file), 0, 0))
        return tuple(found)
