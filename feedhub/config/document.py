"""One YAML file as plain values and as nodes that know their line. Must not know what the values mean.

Scalars follow the YAML 1.2 core schema as far as nothing is lost: `true`, `null` and whole numbers as people
write them; `on`, `no`, `08`, `1:30`, `3.10` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs forget it

from feedhub.errors import Problem

Trail = tuple[str | int, ...]
"""The way from a document's root to a value: keys and positions."""

MAX_BYTES = 64_000_000
MAX_DEPTH = 60
MAX_ALIASED = 100_000
"""How many values aliases may add: a thousand feeds may share an anchor, a billion laughs may not."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ALIAS = re.compile(r"\*([\w-]+)")
_LONG_RUN = re.compile(r"[ \-?:]{200}")
_KNOWN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
_TEXT_TAG = "tag:yaml.org,2002:str"
_PLAIN, _QUOTED, _COLLECTION = "plain", "quoted", "collection"
_COLLECTION_TAGS = frozenset({_COLLECTION, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})

_IN_PLAIN_WORDS = (
    (
        "found character that cannot start any token",
        "a value cannot start with this character; put it in quotes",
    ),
    ("did not find expected key", "this line does not fit the indentation or the quotes around it"),
    ("mapping values are not allowed", "a colon too many here; put text that contains ': ' in quotes"),
    ("did not find expected '-' indicator", "this line does not fit the list above it"),
    ("could not find expected ':'", "a key without its colon"),
    ("found undefined alias", "this alias names no anchor above it"),
    ("found unexpected end of stream", "a quote is opened and never closed"),
    ("did not find expected ',' or", "a bracket is opened and not closed, or a comma is missing"),
    ("did not find expected node content", "a value is missing, or a bracket is opened and not closed"),
    ("but found another document", "one file holds one document: remove the second ---"),
)


class Spot(NamedTuple):
    """Where a trail leads: line and column count from 1; `trail` is the part of it that the file has."""

    line: int
    column: int
    trail: Trail


class Document:
    """One file: `root` is its node, `data` its plain values, `problems` what was wrong so far."""

    def __init__(self, file: Path, text: str = "", environ: Mapping[str, str] | None = None) -> None:
        self.file = file
        self.name = str(file)
        self.problems: list[Problem] = []
        self.data: object = None
        self._noted: set[tuple[int, int]] = set()
        self._children: dict[int, dict[str | int, tuple[yaml.Node, yaml.Node]]] = {}
        self.root: yaml.Node | None = self._compose(text)
        if self.root is not None:
            self.data = _Reader(environ or {}, self._note).read(self.root)

    def spot(self, trail: Trail, *, key: bool = False) -> Spot:
        """Return where a value stands (or its key), or what stands around it if the file does not have it."""
        node, marked, taken = self.root, self.root, []
        for step in trail:
            found = self._child(node, step)
            if found is None:
                continue  # a shorthand: the value stands for the list or mapping the models see
            name, node = found
            marked = name if key else node
            taken.append(step)
        if marked is None:
            return Spot(0, 0, trail)
        return Spot(marked.start_mark.line + 1, marked.start_mark.column + 1, tuple(taken))

    def problem(self, trail: Trail, message: str, *, key: bool = False, offset: int | None = None) -> Problem:
        """Return a problem with its place; `offset` leads into the text that stands there."""
        spot = self.spot(trail, key=key)
        column = spot.column
        if offset is not None:
            start = self._text_start(trail)
            column += 0 if start is None else start + offset
            message = message if start is not None else f"at character {offset + 1}: {message}"
        return Problem(self.name, spot.line, column, written(spot.trail), message)

    def note(self, trail: Trail, message: str, *, key: bool = False, offset: int | None = None) -> None:
        """Keep a problem, unless one is known at the same place: the first says more."""
        problem = self.problem(trail, message, key=key, offset=offset)
        if (problem.line, problem.column) not in self._noted or not problem.line:
            self.problems.append(problem)
        self._noted.add((problem.line, problem.column))

    def _text_start(self, trail: Trail) -> int | None:
        """Return how far from where it begins a value's text begins; None if the text is not written as it
        is: over several lines, with escapes or variables."""
        node = self.root
        for step in trail:
            found = self._child(node, step)
            node = found[1] if found else node
        if not isinstance(node, yaml.ScalarNode) or "${" in node.value:
            return None
        quote = 1 if node.style in ("'", '"') else 0
        width = node.end_mark.column - node.start_mark.column - 2 * quote
        one_line = node.start_mark.line == node.end_mark.line
        return quote if one_line and width == len(node.value) else None

    def _child(self, node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
        """Return key node and value node one step down; in a list both are the item."""
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            return node.value[step], node.value[step]
        if not isinstance(node, yaml.MappingNode):
            return None
        if id(node) not in self._children:
            self._children[id(node)] = _by_key(node)
        return self._children[id(node)].get(step)

    def _note(self, mark: yaml.Mark, trail: Trail, message: str) -> None:
        self._noted.add((mark.line + 1, mark.column + 1))
        self.problems.append(Problem(self.name, mark.line + 1, mark.column + 1, written(trail), message))

    def _compose(self, text: str) -> yaml.Node | None:
        if stray := _CONTROL.search(text):
            line, column = _position(text, stray.start())
            message = f"a control character (U+{ord(stray[0]):04X}) has no place in YAML"
            self.problems.append(Problem(self.name, line, column, "", message))
            return None
        try:
            if (text.count("[") + text.count("{") > 200 or _LONG_RUN.search(text)) and (
                deep := _too_deep(text)
            ):
                self._note(deep, (), f"nested deeper than {MAX_DEPTH} levels")
                return None
            return _Parser(text).get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if "quoted scalar" in (error.context or "") and "end of stream" in (error.problem or ""):
                mark = error.context_mark  # where the quote was opened
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.problems.append(Problem(self.name, *place, "", _plain_words(error, text)))
            return None


def written(trail: Trail) -> str:
    """Write a trail as people do: `categories.python.feeds[2].url`."""
    text = ""
    for step in trail:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class _Parser(CParser):
    """PyYAML's C parser, telling plain scalars from quoted ones and resolving nothing."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    def resolve(self, kind: type[yaml.Node], _value: object, implicit: tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED
        return _COLLECTION

    def descend_resolver(self, current: object, index: object) -> None: ...

    def ascend_resolver(self) -> None: ...


class _Reader:
    """Nodes to plain values: duplicate keys, foreign tags, alias bombs and missing variables are noted."""

    def __init__(self, environ: Mapping[str, str], note: Callable[[yaml.Mark, Trail, str], None]) -> None:
        self._environ = environ
        self._note = note
        self._done: dict[int, tuple[object, int]] = {}
        self._open: set[int] = set()
        self._count = 0
        self._aliased = 0

    def read(self, root: yaml.Node) -> object:
        try:
            return self._value(root, ())
        except _AliasError as error:
            self._note(error.mark, error.trail, error.message)
            return None

    def _value(self, node: yaml.Node, trail: Trail) -> object:
        self._count += 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, trail)
        known = self._done.get(id(node))
        if known is not None:
            value, size = known
            self._aliased += size
            if self._aliased > MAX_ALIASED:
                raise _AliasError(node.start_mark, trail, f"aliases repeat more than {MAX_ALIASED} values")
            self._count += size
            return value
        if id(node) in self._open:
            raise _AliasError(node.start_mark, trail, "an anchor contains itself")
        if node.tag not in _COLLECTION_TAGS:
            self._note(node.start_mark, trail, _foreign(node.tag))
        self._open.add(id(node))
        before = self._count
        value = (
            self._mapping(node, trail)
            if isinstance(node, yaml.MappingNode)
            else [self._value(item, (*trail, index)) for index, item in enumerate(node.value)]
        )
        self._open.discard(id(node))
        self._done[id(node)] = value, self._count - before + 1
        return value

    def _mapping(self, node: yaml.MappingNode, trail: Trail) -> dict[str, object]:
        own: dict[str, object] = {}
        merged: dict[str, object] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node.start_mark, trail, "a key must be a word, not a list or a mapping")
                continue
            key = key_node.value
            here = (*trail, key)
            if key == "<<" and key_node.tag == _PLAIN:
                merged = self._merged(value_node, here) | merged
                continue
            if key in lines:
                message = (
                    f"the key {key} is given twice, in lines {lines[key]} and {key_node.start_mark.line + 1}"
                )
                self._note(key_node.start_mark, here, message)
                continue
            lines[key] = key_node.start_mark.line + 1
            own[key] = self._value(value_node, here)
        return merged | own if merged else own

    def _merged(self, node: yaml.Node, trail: Trail) -> dict[str, object]:
        """Return the keys that `<<: *anchor` or `<<: [*one, *two]` brings; the first wins."""
        value = self._value(node, trail)
        found: dict[str, object] = {}
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                self._note(node.start_mark, trail, "<< merges mappings: write <<: *anchor")
                return {}
            found = part | found
        return found

    def _scalar(self, node: yaml.ScalarNode, trail: Trail) -> object:
        text: str = node.value
        if "${" in text:
            text = self._filled(text, node, trail)
        if node.tag == _PLAIN or node.tag in _KNOWN_TAGS:
            return _resolved(text)
        if node.tag not in (_QUOTED, _TEXT_TAG):
            self._note(node.start_mark, trail, _foreign(node.tag))
        return text

    def _filled(self, text: str, node: yaml.ScalarNode, trail: Trail) -> str:
        def fill(found: re.Match[str]) -> str:
            name, default = found[1], found[2]
            if found[0] == "$${":
                return "${"
            if name is None:
                self._note(
                    node.start_mark,
                    trail,
                    "${ starts a variable, as in ${NAME}; for the text itself write $${",
                )
                return ""
            if self._environ.get(name) or (default is None and name in self._environ):
                return self._environ[name]
            if default is None:
                message = (
                    f"the environment variable {name} is not set (a default is written ${{{name}:-default}})"
                )
                self._note(node.start_mark, trail, message)
                return ""
            return str(default)

        return _VARIABLE.sub(fill, text)


class _AliasError(Exception):
    def __init__(self, mark: yaml.Mark, trail: Trail, message: str) -> None:
        super().__init__(message)
        self.mark, self.trail, self.message = mark, trail, message


def _resolved(text: str) -> object:
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return int(text) if _WHOLE.fullmatch(text) else text


def _foreign(tag: str) -> str:
    return f"the tag {tag.replace('tag:yaml.org,2002:', '!!')} is not supported: write a plain value"


def _by_key(node: yaml.MappingNode) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """Return a mapping's key and value nodes by key, its own before those merged in, the first of equals."""
    found: dict[str | int, tuple[yaml.Node, yaml.Node]] = {}
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        found.setdefault(key.value, (key, value))
        if key.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    for part in merged:
        if isinstance(part, yaml.MappingNode):
            found = _by_key(part) | found
    return found


def _too_deep(text: str) -> yaml.Mark | None:
    """Return where nesting passes the limit: PyYAML's C composer recurses, and 200,000 brackets crash it."""
    parser = _Parser(text)
    depth = 0
    try:
        while parser.check_event():
            event: Any = parser.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return cast(yaml.Mark, event.start_mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.MarkedYAMLError as error:
        # A newer libyaml has a limit of its own (1,000), and reads ahead to it before it tells of the first.
        if "nesting depth" in (error.problem or "") and error.problem_mark:
            return _too_deep(text[: error.problem_mark.index])
        raise
    return None


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _plain_words(error: yaml.MarkedYAMLError, text: str) -> str:
    said, mark = error.problem or error.context or "cannot be read", error.problem_mark
    rest = "\n".join(text.split("\n")[mark.line :])[mark.column :] if mark else ""
    if "cannot start any token" in said and rest.startswith("\t"):
        return "a tab cannot indent; use spaces"
    if "undefined alias" in said and (found := _ALIAS.match(rest)):
        return (
            f"not valid YAML: {found[0]} is an alias, and there is no &{found[1]} above it; "
            f"for the text itself write it in quotes: '{found[0]}'"
        )
    if "did not find expected ','" in said and rest.startswith(":"):
        said = "mapping values are not allowed"
    known = next((words for start, words in _IN_PLAIN_WORDS if start in said), "")
    return f"not valid YAML: {known or said}"
