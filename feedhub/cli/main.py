"""The command's entrance: options that all commands share, and what an error looks like."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from feedhub import __version__
from feedhub.cli import (
    add,
    check,
    demo,
    duplicates,
    explain,
    fetch,
    init,
    opml,
    plan,
    poll,
    preview,
    rotate,
    run,
    status,
    trial,
)
from feedhub.cli.context import Options
from feedhub.errors import ConfigError, FeedHubError

app = typer.Typer(
    name="feedhub",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Many feeds in, the feeds you want out: polls the feeds of a YAML file, merges the same story "
    "across them, and republishes filtered feeds per tag and category.",
)
app.command("init")(init.init)
app.command("add")(add.add)
app.command("remove")(add.remove)
app.command("check")(check.check)
app.command("poll")(poll.poll)
app.command("run")(run.run)
app.command("serve")(run.serve)
app.command("status")(status.status)
app.command("preview")(preview.preview)
app.command("plan")(plan.plan)
app.command("test-rule")(trial.test_rule)
app.command("explain")(explain.explain)
app.command("duplicates")(duplicates.duplicates)
app.command("split")(duplicates.split)
app.command("merge")(duplicates.merge)
app.command("rotate")(rotate.rotate)
app.command("fetch")(fetch.fetch)
app.command("demo")(demo.demo)
app.add_typer(opml.app, name="opml")


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"feedhub {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "-c",
            "--config",
            metavar="FILE",
            help="The YAML file; else $FEEDHUB_CONFIG, ./config/feedhub.yaml, the user's config folder.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log every decision.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Log only what went wrong.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = Options(config=config, verbose=verbose, quiet=quiet)


def main() -> None:
    """Run the command; what FeedHub raises on purpose is printed, anything else is a bug's traceback."""
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        sys.exit(2)
    except FeedHubError as error:
        sys.stderr.write(f"feedhub: {error}\n")
        sys.exit(1)
    except BrokenPipeError:
        # Our reader (head, a pager) went away: nobody is left to tell.
        sys.stderr.close()
        sys.exit(1)
