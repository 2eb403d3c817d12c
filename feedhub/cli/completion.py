"""What a shell offers while a command is typed: the configuration's own names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from feedhub.model import Catalogue


def feed_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Return the feeds' ids that begin so."""
    return _beginning(context, incomplete, lambda catalogue: catalogue.feeds)


def output_paths(context: typer.Context, incomplete: str) -> list[str]:
    """Return the outputs' paths that begin so."""
    return _beginning(context, incomplete, lambda catalogue: catalogue.outputs)


def private_paths(context: typer.Context, incomplete: str) -> list[str]:
    """Return the private outputs' paths that begin so."""
    return _beginning(
        context,
        incomplete,
        lambda catalogue: (output.path for output in catalogue.outputs.values() if output.private),
    )


def category_names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the categories' names that begin so."""
    return _beginning(context, incomplete, lambda catalogue: catalogue.categories)


def _beginning(
    context: typer.Context, incomplete: str, names: Callable[[Catalogue], Iterable[str]]
) -> list[str]:
    from feedhub import config
    from feedhub.errors import ConfigError

    given = context.find_root().params.get("config")
    try:
        catalogue = config.load(config.find(Path(given) if given else None, os.environ), os.environ).catalogue
    except ConfigError:
        return []  # a shell has no place for its mistakes: the command itself tells them
    return [name for name in names(catalogue) if name.startswith(incomplete)]
