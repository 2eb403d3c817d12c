"""A YAML text with one thing added or taken away, and every other byte as it was.

The text is changed where its nodes say, then read again: unless exactly the wanted change came out, it is
refused. That keeps comments, order and style (DECISIONS.md 37), and anchors, tags or a style not thought of
can harm nothing.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from feedhub.config.document import Document, Trail
from feedhub.errors import FeedHubError

Item = str | Mapping[str, str | list[str]]
"""What is added to a list: a text, or keys with texts and lists of texts."""

WIDTH = 100
"""Up to here a mapping is written in one line."""
STEP = "  "
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off)$)[^\W\d_](?:[\w ./:?=&%~+@;()-]*[\w/)=&+])?", re.IGNORECASE
)


class EditError(FeedHubError):
    """The file is written in a way that cannot be changed without a risk to what else it says."""


def added(document: Document, text: str, trail: Trail, item: Item, environ: Mapping[str, str]) -> str:
    """Return the text with an item at the end of the list at `trail`, which is made where it is missing.

    Raises EditError.
    """
    node, key, depth = _deepest(document.root, trail)
    missing = trail[depth:]
    if missing:
        changed = _with_keys(text, node, key, [str(step) for step in missing], item)
    else:
        changed = _with_item(text, node, key, item)
    plain = dict(item) if isinstance(item, Mapping) else item
    return _verified(document, _line_ends(changed, text), trail, lambda old: [*old, plain], environ)


def removed(document: Document, text: str, trail: Trail, environ: Mapping[str, str]) -> str:
    """Return the text without the item that `trail` leads to, the last step its place in the list.

    Comments above it stay. Raises EditError.
    """
    index = int(trail[-1])
    node, _, depth = _deepest(document.root, trail[:-1])
    if node is None or depth < len(trail) - 1:
        raise EditError("it stands in a mapping that is merged or repeated by an alias")
    if not isinstance(node, yaml.SequenceNode):  # a single value where a list may stand
        start, end = node.start_mark.index, _end(text, node)
        changed = f"{text[:start]}[]{text[end:]}"
    elif node.flow_style:
        changed = _without_flow_item(text, node, index)
    else:
        start, end = _lines_of(text, node.value[index])
        changed = text[:start] + text[end:]
    return _verified(document, changed, trail[:-1], lambda old: [*old[:index], *old[index + 1 :]], environ)


def pasted(trail: Trail, item: Item) -> str:
    """Return the lines that a person would add: the keys of a trail with an item below them."""
    return "\n".join(_block([str(step) for step in trail], item, ""))


def literal(text: str) -> str:
    """Keep `${` in foreign text from being read as a variable."""
    return text.replace("${", "$${")


def _deepest(root: yaml.Node | None, trail: Trail) -> tuple[yaml.Node | None, yaml.Node | None, int]:
    """Return the deepest node on the trail that is there, its key, and how many steps lead to it."""
    node, key = root, None
    for depth, step in enumerate(trail):
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((pair for pair in pairs if pair[0].value == step), None)
        if found is None:
            return node, key, depth
        key, node = found
    return node, key, len(trail)


def _with_keys(text: str, node: yaml.Node | None, key: yaml.Node | None, keys: list[str], item: Item) -> str:
    """Return the text with nested keys at the end of a mapping, the innermost holding a list of one."""
    if node is None:
        return _inserted(text, len(text.rstrip()), _block(keys, item, ""))
    if _is_null(node) and key is not None:  # `categories:` and no more
        return _inserted(text, key.end_mark.index, _block(keys, item, STEP + " " * key.start_mark.column))
    if not isinstance(node, yaml.MappingNode):
        raise EditError("something else stands where it would have to be added")
    if node.flow_style:
        inner = f"[{_flow(item)}]"
        for name in reversed(keys[1:]):
            inner = f"{{{_word(name)}: {inner}}}"
        return _in_brackets(text, node, f"{_word(keys[0])}: {inner}")
    indent = " " * node.value[0][0].start_mark.column
    return _inserted(text, _end(text, node), _block(keys, item, indent))


def _with_item(text: str, node: yaml.Node | None, key: yaml.Node | None, item: Item) -> str:
    """Return the text with an item at the end of a list, or of what may stand for one."""
    assert node is not None
    assert key is not None
    if isinstance(node, yaml.SequenceNode) and node.flow_style:
        return _in_brackets(text, node, _flow(item))
    if isinstance(node, yaml.SequenceNode):
        start, _ = _lines_of(text, node.value[-1])
        dash = re.match(r"([ ]*)-([ ]*)", text[start:])
        assert dash is not None  # _lines_of has seen it
        block = isinstance(node.value[-1], yaml.MappingNode) and not node.value[-1].flow_style
        lines = _listed(item, dash[1], dash[2] or " ", block=block)
        return _inserted(text, _end(text, node), lines)
    if _is_null(node):
        return _inserted(text, key.end_mark.index, _listed(item, STEP + " " * key.start_mark.column))
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        start, end = node.start_mark.index, _end(text, node)
        return f"{text[:start]}[{text[start:end]}, {_flow(item)}]{text[end:]}"
    raise EditError("the one feed that stands there is written over several lines; make it a list first")


def _in_brackets(text: str, node: yaml.SequenceNode | yaml.MappingNode, written: str) -> str:
    """Return the text with one part more before the closing bracket of a flow collection."""
    close = node.end_mark.index - 1
    if not node.value:
        return f"{text[:close].rstrip(' ')}{written}{text[close:]}"
    last = node.value[-1]
    first, end = (last[0], _end(text, last[1])) if isinstance(last, tuple) else (last, _end(text, last))
    comma = "," in re.sub(r"#[^\n]*", "", text[end:close])
    line = text.rfind("\n", 0, first.start_mark.index) + 1
    before = text[line : first.start_mark.index]
    gap = " " if before.strip() else f"\n{before}"
    if comma:
        end += text[end:close].index(",") + 1
    rest = text.find("\n", end) if gap.startswith("\n") else end  # a comment behind the last one stays there
    separator = "" if comma else ","
    return f"{text[:end]}{separator}{text[end:rest]}{gap}{written}{',' if comma else ''}{text[rest:]}"


def _without_flow_item(text: str, node: yaml.SequenceNode, index: int) -> str:
    items = node.value
    start, end = items[index].start_mark.index, _end(text, items[index])
    if index + 1 < len(items):
        end = items[index + 1].start_mark.index
    elif index:
        start = _end(text, items[index - 1])
    if "#" in re.sub(r"\S#", "", text[start:end]):
        raise EditError("a comment stands inside the brackets beside it")
    return text[:start] + text[end:]


def _end(text: str, node: yaml.Node) -> int:
    """Return where a node's own text ends: a block node's mark stands behind the comments below it."""
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return len(text[: node.end_mark.index].rstrip())
    if isinstance(node, yaml.ScalarNode) or not node.value or node.flow_style:  # type: ignore[attr-defined]
        return int(node.end_mark.index)
    last = node.value[-1]
    return max(_end(text, one) for one in (last if isinstance(last, tuple) else (last,)))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value and node.style not in ("'", '"')


def _lines_of(text: str, item: yaml.Node) -> tuple[int, int]:
    """Return where the lines of a block list's item begin and end, its dash included."""
    start = text.rfind("\n", 0, item.start_mark.index) + 1
    if not text[start : item.start_mark.index].strip():  # the dash stands alone, a line above
        start = text.rfind("\n", 0, max(start - 1, 0)) + 1
    if not re.match(r"[ ]*-\s", text[start:]) or "-" not in text[start : item.start_mark.index]:
        raise EditError("its dash does not begin a line")
    end = text.find("\n", _end(text, item))
    return start, len(text) if end < 0 else end + 1


def _inserted(text: str, after: int, lines: list[str]) -> str:
    """Return the text with lines below the one that `after` is in."""
    end = text.find("\n", after)
    head = text if end < 0 else text[: end + 1]
    if head and not head.endswith("\n"):
        head += "\n"
    return head + "".join(f"{line}\n" for line in lines) + text[len(head) :]


def _block(keys: list[str], item: Item, indent: str) -> list[str]:
    lines = []
    for key in keys:
        lines.append(f"{indent}{_word(key)}:")
        indent += STEP
    return lines + _listed(item, indent)


def _listed(item: Item, indent: str, gap: str = " ", *, block: bool = False) -> list[str]:
    line = f"{indent}-{gap}{_flow(item)}"
    if isinstance(item, str) or not (block or len(line) > WIDTH):
        return [line]
    inner = indent + " " * (1 + len(gap))
    pairs = [f"{_word(key)}: {_flow(value)}" for key, value in item.items()]
    return [f"{indent}-{gap}{pairs[0]}", *(f"{inner}{pair}" for pair in pairs[1:])]


def _flow(value: Item | list[str]) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_word, value)) + "]"
    return _word(value)


def _word(text: str) -> str:
    """Return a text on one line as YAML reads it back, in brackets too: plain if nothing in it is special."""
    text = literal(text)
    plain = _PLAIN.fullmatch(text) and ": " not in text and not text.endswith(":")
    return text if plain else "'" + text.replace("'", "''") + "'"


def _line_ends(changed: str, text: str) -> str:
    """Return a text with the line ends of the one that it was made from."""
    return re.sub(r"(?<!\r)\n", "\r\n", changed) if "\r\n" in text else changed


def _verified(
    document: Document,
    text: str,
    trail: Trail,
    change: Callable[[list[Any]], list[Any]],
    environ: Mapping[str, str],
) -> str:
    """Return the text, if reading it gives what the document says with the list at `trail` changed."""
    again = Document(document.file, text, environ)
    wanted = _changed(document.data, trail, change)
    if again.problems or _changed(again.data, trail, list) != wanted:
        raise EditError(
            "changing it would change something else too: an anchor, an alias or a style not known"
        )
    return text


def _changed(data: object, trail: Trail, change: Callable[[list[Any]], list[Any]]) -> object:
    """Return a copy of plain data with the list at `trail` changed; a missing list is an empty one."""
    if not trail:
        return change(data if isinstance(data, list) else [] if data is None else [data])
    inside = copy.deepcopy(data) if isinstance(data, dict) else {}
    return {**inside, trail[0]: _changed(inside.get(trail[0]), trail[1:], change)}
