"""What goes through a pipe, as bytes."""

from __future__ import annotations

import functools
import io
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any


def packed(value: object) -> bytes:
    """Return a value as bytes that `pickle.loads` reads."""
    stream = io.BytesIO()
    _Packer(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue()


class _Packer(pickle.Pickler):
    """Sends a dataclass as its class and values: a frozen one with slots tells them to pickle, and takes
    them, by functions that look at every field; that was half of what a poll cost on the way."""

    def reducer_override(self, value: Any) -> Any:
        values = _values(value.__class__)
        return NotImplemented if values is None else (value.__class__, values(value))


@functools.cache
def _values(cls: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """Return what takes a dataclass's values in the order in which it is made of them; None for others."""
    if not is_dataclass(cls) or not all(field.init and not field.kw_only for field in fields(cls)):
        return None
    names = [field.name for field in fields(cls)]
    if len(names) > 1:
        return attrgetter(*names)
    # Of one name it returns no tuple.
    return lambda value: tuple(getattr(value, name) for name in names)
