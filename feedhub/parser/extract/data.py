"""JSON, and JMESPath (jmespath.org) to find things in it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jmespath
from jmespath.exceptions import ArityError, JMESPathError
from jmespath.exceptions import ParseError as JMESPathParseError
from jmespath.functions import Functions

from feedhub.errors import ParseError
from feedhub.parser.extract.expression import Document, ExpressionError, Find
from feedhub.parser.sniff import to_utf8

_MOST_VALUES: Final = 1_000_000
"""Values in one document: each takes some 60 to 100 bytes of memory, however short it is written."""
_MOST_TEXTS: Final = 100
_SIGNS: Final = (b",", b"[", b"{", b":")
_WRAPPER = re.compile(rb"(?:/\*\*/\s*)?(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.]{0,100}\s*[(=]\s*(?=[\[{])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Json:
    """The language of `format: json`."""

    def read(self, body: bytes, content_type: str | None, url: str, encoding: str | None) -> Document:
        """Read a JSON document in whatever charset; NaN and Infinity, which are no JSON, count as null."""
        sniffed = to_utf8(body, content_type, encoding)
        text = _unwrapped(sniffed.body.strip(b" \t\r\n\0"))
        if not text:
            raise ParseError("empty", "the document is empty")
        if sum(map(text.count, _SIGNS)) > _MOST_VALUES:
            raise ParseError("too-complex", f"the JSON document has more than {_MOST_VALUES} values")
        try:
            root = json.loads(text.decode("utf-8", "replace"), parse_constant=lambda _: None)
        except RecursionError as error:
            raise ParseError("too-complex", "the JSON document nests too deep") from error
        except ValueError as error:
            what = "a web page" if text[:1] == b"<" else "no valid JSON"
            raise ParseError("malformed", f"the document is {what}: {error}") from error
        return Document(root, url, sniffed.encoding, warnings=sniffed.warnings)

    def items(self, text: str) -> Callable[[Any], list[Any]]:
        search = _search(text)

        def nodes(root: Any) -> list[Any]:
            found = search(root)
            if isinstance(found, list):
                return found
            hint = f"; at the top there is {_shape(root)}"
            raise ParseError("not-a-feed", f"items ({text}) finds {_shape(found)}, not a list{hint}")

        return nodes

    def find(self, text: str, field: str = "") -> Find:  # noqa: ARG002 - the language's
        search = _search(text)
        return lambda node: list(_texts(search(node)))


LANGUAGE: Final = Json()


def _unwrapped(text: bytes) -> bytes:
    """Return JSON without the call or the variable of a script that it is written into."""
    found = _WRAPPER.match(text)
    return text[found.end() :].rstrip(b"; \t\r\n").removesuffix(b")") if found else text


def _search(text: str) -> Callable[[Any], Any]:
    """Return what looks an expression up in a node: None where there is nothing, or what does not fit."""
    try:
        compiled = jmespath.compile(text)
    except JMESPathParseError as error:
        raise ExpressionError(f"no JMESPath: {_said(error)}", _offset(error, text)) from error
    except JMESPathError as error:
        raise ExpressionError(f"no JMESPath: {error}") from error
    except RecursionError as error:
        raise ExpressionError("no JMESPath: it nests too deep") from error
    _check_functions(compiled.parsed, text)
    if compiled.parsed["type"] == "field":  # most expressions by far, at a tenth of the time
        name = compiled.parsed["value"]
        return lambda node: node.get(name) if isinstance(node, dict) else None

    def search(node: Any) -> Any:
        try:
            return compiled.search(node)
        except (JMESPathError, ArithmeticError, TypeError, ValueError, RecursionError):
            return None

    return search


def _said(error: JMESPathParseError) -> str:
    if isinstance(error, ArityError):
        return str(error)
    if error.token_type is None:
        return "it ends too early"
    token = error.token_value
    if isinstance(token, str) and not token.isascii() and "UNKNOWN" in error.token_type:
        return f'names beyond ASCII are written in double quotes, such as "{token}…"'
    if "UNCLOSED" in error.token_type:
        return "a quote is opened and never closed"
    return f"unexpected {token if token else 'end'}"


def _offset(error: JMESPathParseError, text: str) -> int | None:
    position = getattr(error, "lex_position", None)
    return min(position, max(len(text) - 1, 0)) if isinstance(position, int) else None


def _check_functions(node: Any, text: str) -> None:
    """Refuse functions that JMESPath has not: it would say so only when there is something to look at."""
    if isinstance(node, list):
        for part in node:
            _check_functions(part, text)
    if not isinstance(node, dict):
        return
    if node.get("type") == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
        name = node["value"]
        raise ExpressionError(f"no JMESPath: there is no function {name}()", text.find(name))
    for part in node.get("children", ()):
        _check_functions(part, text)


def _texts(value: Any) -> Iterator[str]:
    for one in value[:_MOST_TEXTS] if isinstance(value, list) else (value,):
        if text := _text(one):
            yield text


def _text(value: Any) -> str:
    """Return a scalar as text; what is none, is empty or no number has none."""
    if isinstance(value, str):
        # JSON can spell half a surrogate pair, which is no text and cannot be stored.
        text = value if value.isascii() else value.encode("utf-8", "ignore").decode("utf-8")
        return text.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else ""
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    return ""


def _shape(value: Any) -> str:
    if isinstance(value, Mapping):
        names = [name for name in list(value)[:8] if _NAME.fullmatch(name)]
        return f"an object with {', '.join(names)}" if names else "an object"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"a {'number' if isinstance(value, int | float) else 'text'}"
