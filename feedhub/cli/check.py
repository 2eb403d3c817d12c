"""`feedhub check`: every mistake of the configuration at once, with its place."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feedhub.cli.context import Options
from feedhub.cli.wording import counted


def check(
    context: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if there are warnings.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file, for editors, instead.")
    ] = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Print a table of every key, in Markdown, instead.")
    ] = False,
) -> None:
    """Validate the configuration; each mistake as FILE:LINE:COLUMN: PATH: what is wrong."""
    from feedhub import config

    options: Options = context.obj
    if schema:
        typer.echo(json.dumps(config.schema(), indent=2, ensure_ascii=False))
        return
    if reference:
        typer.echo(config.reference())
        return
    loaded = options.load()
    for warning in sorted(loaded.warnings, key=lambda one: (one.file, one.line, one.column)):
        typer.echo(f"warning: {warning}", err=True)
    catalogue = loaded.catalogue
    doubtful = f", with {counted(len(loaded.warnings), 'warning')}" if loaded.warnings else ""
    typer.echo(
        f"{options.path()}: good{doubtful}. {counted(len(catalogue.feeds), 'feed')} in "
        f"{counted(len(catalogue.categories), 'category', 'categories')}, "
        f"{counted(len(catalogue.rules), 'rule')}, {counted(len(catalogue.outputs), 'output')}."
    )
    if strict and loaded.warnings:
        raise typer.Exit(1)
