"""`feedhub init`: a commented starter configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it.")] = Path(),
) -> None:
    """Write a commented starter configuration to DIR/config/feedhub.yaml."""
    from feedhub import config
    from feedhub.errors import UsageError

    target = folder / "config" / "feedhub.yaml"
    if target.exists():
        raise UsageError(f"{target} exists and is left as it is; edit it, or remove it first")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(config.starter(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}; choose another folder") from error
    feedhub = "feedhub" if folder == Path() else f"feedhub -c {target}"
    typer.echo(f"Wrote {target}. Next: edit it, then '{feedhub} check' and '{feedhub} run'.")
