"""Who may read a private output: its token or its user, with secrets read from their files."""

from __future__ import annotations

from pathlib import Path

from feedhub import model
from feedhub.config import models
from feedhub.config.feeds import Place
from feedhub.config.request import read_secret
from feedhub.config.values import check_access_token

_KEYS = ("token", "token_file", "auth")


def resolve_access(output: models.Output, place: Place, files: list[Path]) -> model.Access:
    """Return what opens an output. Mistakes are noted; every file read is appended to `files`."""
    given = [key for key in _KEYS if key in output.model_fields_set]
    for key in given:
        if not output.private:
            place.note(f"{key} opens what is private; write private: true too", key)
    if len(given) > 1:
        place.note(f"either {given[0]} or {given[1]}, not both", given[1])
    if output.auth:
        password = output.auth.password or ""
        if output.auth.password_file:
            trail = (*place.trail, "auth", "password_file")
            password = read_secret(output.auth.password_file, place.document, trail, files)
        return model.Access(username=output.auth.username, password=password)
    if not output.token_file:
        return model.Access(token=output.token or "")
    token = read_secret(output.token_file, place.document, (*place.trail, "token_file"), files)
    try:
        return model.Access(token=check_access_token(token) if token else "")
    except ValueError as error:
        place.note(str(error), "token_file")
        return model.Access()
