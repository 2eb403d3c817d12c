"""`feedhub demo`: the whole loop offline, in a minute."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from feedhub.cli.context import Options


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the hub's pages are to be.")] = 8000,
) -> None:
    """Show the whole loop offline: sample publishers on loopback, a hub that polls them, pages to look at.

    New entries appear by themselves every few seconds. Nothing is kept when it ends.
    """
    from feedhub import config
    from feedhub.app import App
    from feedhub.cli.run import daemon
    from feedhub.demo import demo_yaml, serve
    from feedhub.errors import UsageError

    options: Options = context.obj
    options.start_log()
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise UsageError(
            f"cannot listen on 127.0.0.1:{port}: {reason}; choose another with --port"
        ) from error
    stage = serve()
    try:
        with tempfile.TemporaryDirectory(prefix="feedhub-demo-") as folder:
            path = Path(folder) / "config" / "feedhub.yaml"
            path.parent.mkdir()
            path.write_text(demo_yaml(stage.place, port), encoding="utf-8")
            typer.echo(f"The demo's configuration: {path}; edit it and watch.", err=True)
            with App(config.load(path, os.environ), polling=True) as app:
                daemon(app, path, serving=True)
    finally:
        stage.close()
