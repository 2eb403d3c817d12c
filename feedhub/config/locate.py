"""Where the configuration is, and the starter that a new one begins with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from feedhub.errors import ConfigError, Problem

VARIABLE = "FEEDHUB_CONFIG"
HERE = Path("config/feedhub.yaml")


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the configuration: the one asked for, $FEEDHUB_CONFIG, ./config/feedhub.yaml, or the user's.

    Raises ConfigError naming the places looked at.
    """
    if explicit is not None:
        return _existing(explicit, "given with -c")
    if named := environ.get(VARIABLE):
        return _existing(Path(named), f"named by ${VARIABLE}")
    own = _user_file(environ)
    places = [HERE, *([own] if own else [])]
    for place in places:
        if place.is_file():
            return place
    elsewhere = f", nor {own}" if own else ""
    message = f"there is none{elsewhere}; `feedhub init` writes a configuration, -c FILE names one"
    raise ConfigError([Problem(str(HERE), 0, 0, "", message)])


def starter() -> str:
    """Return the commented configuration that `feedhub init` writes."""
    return files("feedhub.config").joinpath("starter.yaml").read_text("utf-8")


def _existing(path: Path, origin: str) -> Path:
    if not path.is_file():
        what = "a folder, not a file" if path.is_dir() else "no such file"
        raise ConfigError([Problem(str(path), 0, 0, "", f"{what} ({origin})")])
    return path


def _user_file(environ: Mapping[str, str]) -> Path | None:
    """Return the user's own file (XDG Base Directory Specification); None without a home."""
    base = environ.get("XDG_CONFIG_HOME", "")
    if base.startswith("/"):
        return Path(base) / "feedhub" / "feedhub.yaml"
    home = environ.get("HOME")
    return Path(home) / ".config" / "feedhub" / "feedhub.yaml" if home else None
