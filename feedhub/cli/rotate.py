"""`feedhub rotate`: the addresses of a private output, and new ones."""

from __future__ import annotations

from typing import Annotated

import typer

from feedhub.cli.completion import private_paths
from feedhub.cli.context import Options


def rotate(
    context: typer.Context,
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            autocompletion=private_paths,
            help="The path of a private output: tag/python, or a name.",
        ),
    ],
    show: Annotated[bool, typer.Option("--show", help="Change nothing; only tell the addresses.")] = False,
) -> None:
    """Give a private output new addresses; whoever has the old ones reads it no more. Prints them."""
    from feedhub.errors import UsageError
    from feedhub.web.access import addresses

    options: Options = context.obj
    with options.open() as app:
        path = output.strip("/")
        chosen = app.hub.catalogue.outputs.get(path)
        if chosen is None or not chosen.private:
            private = sorted(one.path for one in app.hub.catalogue.outputs.values() if one.private)
            state = "is public" if chosen else "is no output"
            raise UsageError(f"{path} {state}; private are: {', '.join(private) or 'none'}")
        if not show and chosen.access.username:
            raise UsageError(f"{path} is opened by a password: change it in the configuration")
        if not show and chosen.access.token:
            raise UsageError(f"{path} is opened by a token of the configuration: change it there")
        token = app.store.tokens().get(path, "") if show else app.store.rotate(path)
        for address in addresses(chosen, app.hub.catalogue.site, token):
            typer.echo(address)
    if chosen.access.username:
        typer.echo(f"Name: {chosen.access.username}; the password is in the configuration.", err=True)
