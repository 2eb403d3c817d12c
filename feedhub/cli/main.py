"""The command's entrance: options that all commands share, and what an error looks like."""

from __future__ import annotations

import atexit
import gc
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from feedhub import __version__
from feedhub.cli import (
    add,
    build,
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


class Commands(TyperGroup):
    """The commands. Of an option of all that stands behind one it is said where it belongs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the arguments begin with."""
        for option in args[1:]:
            if option in ("-c", "--config", "-v", "--verbose", "-q", "--quiet"):
                value = " FILE" if option in ("-c", "--config") else ""
                ctx.fail(f"{option} stands before the command: feedhub {option}{value} {args[0]}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="feedhub",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Many feeds in, the feeds you want out: polls the feeds of a YAML file, merges the same story "
    "across them, and republishes filtered feeds per tag and category.",
)
app.command("init", short_help="Write a commented starter configuration.")(init.init)
app.command("add", short_help="Find a site's feed and add it to the configuration.")(add.add)
app.command("remove", short_help="Take a feed out of the configuration.")(add.remove)
app.command("check", short_help="Say what is wrong or doubtful in it, with line and column.")(check.check)
app.command("poll", short_help="Poll what is due once, publish what changed, and end.")(poll.poll)
app.command("run", short_help="Run the daemon: poll, publish, serve.")(run.run)
app.command("build", short_help="Poll once and write the whole site as files.")(build.build)
app.command("serve", short_help="Serve what is published, without polling.")(run.serve)
app.command("status", short_help="Show each feed's health and next poll.")(status.status)
app.command("preview", short_help="Show what an output would publish now.")(preview.preview)
app.command("plan", short_help="Say what an edit would change for subscribers.")(plan.plan)
app.command(
    "test-rule",
    short_help="Show which stored entries a condition matches.",
    # A query may begin with -: what is no option of ours is the query.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)(trial.test_rule)
app.command("explain", short_help="Say why an item is in, out or merged.")(explain.explain)
app.command("duplicates", short_help="List what was merged, and why.")(duplicates.duplicates)
app.command("split", short_help="Make each entry a story of its own, for good.")(duplicates.split)
app.command("merge", short_help="Make one story of several, for good.")(duplicates.merge)
app.command("rotate", short_help="Give a private output a new address.")(rotate.rotate)
app.command("fetch", short_help="Show one request as the fetcher sees it.")(fetch.fetch)
app.command("demo", short_help="Show the whole loop offline.")(demo.demo)
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
    # What is imported stays: looking through it for cycles, at the start and again at the end, took 0.25 s.
    gc.set_threshold(1_000_000)
    atexit.register(gc.freeze)
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
