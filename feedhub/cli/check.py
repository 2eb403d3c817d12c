"""`feedhub check`: every mistake of the configuration at once, with its place."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
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
    warnings = list(loaded.warnings)
    if why := unwritable(loaded.data):
        message = f"{loaded.data} cannot be made or written to: {why}; name another folder, or allow it here"
        warnings.append(replace(loaded.data_place, message=message))
    for warning in sorted(warnings, key=lambda one: (one.file, one.line, one.column)):
        typer.echo(f"warning: {warning}", err=True)
    catalogue = loaded.catalogue
    doubtful = f", with {counted(len(warnings), 'warning')}" if warnings else ""
    typer.echo(
        f"{options.path()}: good{doubtful}. {counted(len(catalogue.feeds), 'feed')} in "
        f"{counted(len(catalogue.categories), 'category', 'categories')}, "
        f"{counted(len(catalogue.rules), 'rule')}, {counted(len(catalogue.outputs), 'output')}."
    )
    if strict and warnings:
        raise typer.Exit(1)


def unwritable(folder: Path) -> str:
    """Return why nothing can be put into a folder, which need not be there; empty if it can.

    By trying, where it would lie: permissions do not tell of file systems that take nothing. What is made is
    removed.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".feedhub-", dir=there):
            return ""
    except OSError as error:
        return error.strerror or str(error)
