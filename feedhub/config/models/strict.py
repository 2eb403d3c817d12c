"""What every mapping of the file has in common, and how its keys are declared."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A mapping that refuses keys it does not know. Input is never repeated in errors: it may be a secret."""

    model_config = ConfigDict(
        extra="forbid",
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        validate_default=False,
        defer_build=True,  # a validator for the file and all in it, not one for each mapping too
    )

    def given(self) -> dict[str, Any]:
        """Return the keys that the file sets to something."""
        return {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}


def key(meaning: str, default: str | int | bool | list[str] | None = None, **limits: Any) -> Any:
    """Declare an optional key; `default` is what holds when nothing sets it, for the documentation."""
    shown: dict[str, Any] | None = None if default is None else {"default": default}
    return Field(default=None, description=meaning, json_schema_extra=shown, **limits)


def switch(value: object) -> object:
    """Read true and false as a mapping that is `enabled` or not."""
    return {"enabled": value} if isinstance(value, bool) or value in ("yes", "no", "on", "off") else value
