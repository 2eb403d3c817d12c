"""`feedhub check`: every mistake of the configuration at once, with its place."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feedhub.cli.context import Options


def check(
    context: typer.Context,
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
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    catalogue = loaded.catalogue
    typer.echo(
        f"{options.path()}: good. {len(catalogue.feeds)} feeds in {len(catalogue.categories)} categories, "
        f"{len(catalogue.rules)} rules, {len(catalogue.outputs)} outputs."
    )
