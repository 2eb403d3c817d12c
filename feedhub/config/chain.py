"""Steps as the YAML writes them: a name, or a mapping with `use` and the step's options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from feedhub import steps
from feedhub.model import StepSpec

NEEDS_NETWORK = frozenset({"fulltext"})
"""Steps that ask for pages: a feed may have them, an output not, since it is built again and again."""


def read_step(node: object) -> StepSpec:
    """Return one step of a chain, made once to see that it can be; ValueError if it cannot."""
    given = {"use": node} if isinstance(node, str) else node
    if not isinstance(given, dict) or not isinstance(given.get("use"), str):
        raise ValueError("a step is a name, or a mapping with use: NAME and the step's options")
    options = tuple((str(name), _value(name, given[name])) for name in given if name != "use")
    spec = StepSpec(given["use"], options)
    try:
        steps.make(spec)
    except steps.StepError as error:
        raise ValueError(str(error)) from None
    return spec


def _value(name: object, value: Any) -> str | int | float | bool | tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(value, str | int | float):
        return value
    raise ValueError(f"{name} is text, a number, true or false, or a list of texts")


Step = Annotated[
    Any,
    PlainValidator(read_step),
    WithJsonSchema(
        {
            "title": "step",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"use": {"type": "string"}}, "required": ["use"]},
            ],
        }
    ),
]
