"""Frozen dataclasses as compact JSON, and instants as integers. Fields at their default are left out.

A field that the model gains needs no change here: it is read back as its default from older rows.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar

from pydantic_core import to_json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")
Convert = Callable[[Any], Any]


def to_us(at: datetime) -> int:
    """Return an instant as microseconds since 1970 UTC."""
    span = at - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def from_us(at: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC instant."""
    return EPOCH + timedelta(microseconds=at)


def maybe_us(at: datetime | None) -> int | None:
    """Return an instant as microseconds, None as None."""
    return None if at is None else to_us(at)


def maybe_at(at: int | None) -> datetime | None:
    """Return microseconds as an instant, None as None."""
    return None if at is None else from_us(at)


def dump(value: object) -> str:
    """Return JSON in its shortest form: as the standard library would, four times as fast."""
    return to_json(value).decode()


@functools.lru_cache(maxsize=4096)
def dump_short(items: tuple[int, ...] | tuple[str, ...]) -> str:
    """Return the JSON of a short list that is the same for many rows: tags, outputs."""
    return dump(items)


@functools.lru_cache(maxsize=4096)
def load_short(text: str) -> tuple[Any, ...]:
    """Return the list that `dump_short` made into JSON."""
    return tuple(json.loads(text))


class Codec(Generic[T]):
    """One dataclass as JSON. `omit` names fields that are kept elsewhere and handed to `unpack`."""

    def __init__(self, cls: type[T], omit: Collection[str] = ()) -> None:
        hints = typing.get_type_hints(cls)
        self._cls = cls
        self._fields: list[tuple[str, Any, Convert | None]] = []
        self._decoders: dict[str, Convert | None] = {}
        self._absent: dict[str, Any] = {}
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]
            if field.name in omit:
                continue
            encode, decode, empty = _converters(hints[field.name])
            if field.default is not dataclasses.MISSING:
                empty = field.default
            elif field.default_factory is not dataclasses.MISSING:
                empty = field.default_factory()
            self._fields.append((field.name, empty, encode))
            self._decoders[field.name] = decode
            self._absent[field.name] = empty
        # Two names at least, so that the getter returns a tuple.
        self._get = attrgetter("__class__", *(name for name, _, _ in self._fields))

    def plain(self, value: T) -> dict[str, Any]:
        """Return the fields that are not at their default, as JSON's types."""
        found = {}
        for (name, empty, encode), item in zip(self._fields, self._get(value)[1:], strict=True):
            if item != empty:
                found[name] = item if encode is None else encode(item)
        return found

    def build(self, plain: Mapping[str, Any], **kept: Any) -> T:
        """Return the value that `plain` came from; `kept` are the omitted fields."""
        fields = self._absent | kept
        for name, item in plain.items():
            if name in self._decoders:
                decode = self._decoders[name]
                fields[name] = item if decode is None else decode(item)
        return self._cls(**fields)

    def pack(self, value: T) -> str:
        """Return the value as JSON."""
        return dump(self.plain(value))

    def unpack(self, text: str, **kept: Any) -> T:
        """Return the value that JSON stands for; `kept` are the omitted fields."""
        return self.build(json.loads(text), **kept)


_NONE = object()


def _converters(hint: Any) -> tuple[Convert | None, Convert | None, Any]:
    """Return how a type is encoded and decoded (None: as it is), and what stands for its absence."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        encode, decode, _ = _converters(inner)
        return encode, decode, None
    if origin is tuple:
        encode, decode, _ = _converters(arguments[0])
        return (
            # JSON writes a tuple as it writes a list.
            None if encode is None else lambda items: [encode(item) for item in items],
            tuple if decode is None else lambda items: tuple(map(decode, items)),
            (),
        )
    if origin is frozenset:
        return sorted, frozenset, frozenset()
    if origin is not None and issubclass(origin, Mapping):
        return dict, None, {}
    if hint is datetime:
        return to_us, from_us, _NONE
    if dataclasses.is_dataclass(hint):
        codec: Codec[Any] = Codec(typing.cast("type[Any]", hint))
        return codec.plain, codec.build, _NONE
    if hint in (str, int, float, bool):
        return None, None, "" if hint is str else _NONE
    raise TypeError(f"{hint} cannot be kept as JSON")
