"""A step by its name: found, checked against its signature, made, and run in a chain."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any

from feedhub.errors import FeedHubError
from feedhub.model import Entry, StepSpec
from feedhub.ports import Step, StepContext

GROUP = "feedhub.steps"
"""The entry-point group in which packages offer factories of steps."""

BUILT_IN: Mapping[str, str] = {
    "title": "feedhub.steps.text:Title",
    "replace": "feedhub.steps.text:Replace",
    "select": "feedhub.steps.markup:Select",
    "remove": "feedhub.steps.markup:Remove",
    "images": "feedhub.steps.markup:Images",
    "truncate": "feedhub.steps.text:Truncate",
    "summary": "feedhub.steps.text:Summary",
    "footer": "feedhub.steps.text:Footer",
    "fulltext": "feedhub.steps.fulltext:FullText",
    "language": "feedhub.steps.language:Language",
    "chinese": "feedhub.steps.language:Chinese",
}
"""Where the steps are that need no module to be named: imported when one is made, as all others are."""


class StepError(FeedHubError):
    """A step does not exist or cannot be made of its options; `option` names the one at fault, if one is."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


@functools.lru_cache(maxsize=1024)
def make(spec: StepSpec) -> Step:
    """Return the step that a specification names; StepError if there is none or an option is wrong."""
    factory = find(spec.use)
    options = dict(spec.options)
    check_options(spec.use, factory, options)
    try:
        step: Step = factory(**options)
    except (ValueError, TypeError, ImportError) as error:
        # What a built-in step imports when it is made comes with the extra of its name.
        extra = spec.use in BUILT_IN and isinstance(error, ModuleNotFoundError)
        advice = f"; it comes with the extra {spec.use}: docs/steps.md" if extra else ""
        raise StepError(f"{spec.use}: {error}{advice}") from error
    return step


def run(specs: Sequence[StepSpec], entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
    """Return the entries after a chain of steps: only those given, made safe again where they changed."""
    came = {(entry.feed_id, entry.key): entry for entry in entries}
    for spec in specs:
        entries = make(spec)(entries, context)
    known = [(came.get((entry.feed_id, entry.key)), entry) for entry in entries]
    return [safe(before, entry, context) for before, entry in known if before is not None]


def safe(before: Entry, after: Entry, context: StepContext) -> Entry:
    """Return a changed entry with its bodies cleaned: a step may have built them of anything."""
    if (before.content, before.summary) == (after.content, after.summary):
        return after
    content, summary = (context.clean(body, after.link) for body in (after.content, after.summary))
    return replace(after, content=content, summary=summary)


def find(use: str) -> Callable[..., Any]:
    """Return the factory of a step: built in, `module:callable`, or an entry point."""
    module, colon, name = BUILT_IN.get(use, use).partition(":")
    if colon:
        try:
            found = functools.reduce(getattr, name.split("."), importlib.import_module(module))
        except (ImportError, AttributeError) as error:
            raise StepError(f"{use} cannot be loaded: {error}", "use") from error
        if not callable(found):
            raise StepError(f"{use} is no callable", "use")
        return found
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if use in offered:
        factory: Callable[..., Any] = offered[use].load()
        return factory
    close = get_close_matches(use, [*BUILT_IN, *offered], 1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise StepError(f"there is no step {use}{hint}", "use")


def check_options(use: str, factory: Callable[..., Any], options: Mapping[str, object]) -> None:
    """Refuse options that a step does not know, and a step without those it needs."""
    parameters = inspect.signature(factory).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return
    for name in options:
        if name not in parameters:
            close = get_close_matches(name, parameters, 1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise StepError(f"{use} knows no option {name}{hint}", name)
    for name, parameter in parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in options:
            raise StepError(f"{use} needs the option {name}")
