"""`feedhub opml import` and `export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from feedhub.cli.context import Options

app = typer.Typer(no_args_is_help=True, help="Take subscriptions over from another reader, and hand them on.")
