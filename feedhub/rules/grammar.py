"""The grammar of one-line queries, and what is said where a text does not follow it. Pure."""

from __future__ import annotations

import functools
import re

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from feedhub.rules.query import Both, Either, Negation, Query, QueryError, Term


def read(text: str) -> Query:
    """Read a query of at least one word; raises QueryError."""
    try:
        found: Query = _parser().parse(text)  # type: ignore[assignment]  # the tree that `_Tree` makes
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise QueryError(at, _stray(text, at)) from None
    except UnexpectedToken as error:
        raise _unexpected(error, text) from None
    return found


_GRAMMAR = r"""
?start: either
?either: both (_OR both)*
?both: unary (_AND? unary)*
?unary: (_NOT | _MINUS) unary -> negation
      | atom
?atom: FIELD term -> within
     | FIELD "(" either ")" -> within
     | term
     | "(" either ")"
term: REGEX | PHRASE | WORD

_AND.3: /AND(?=[\s()"]|$)/
_OR.3: /OR(?=[\s()"]|$)/
_NOT.3: /NOT(?=[\s()"]|$)/
_MINUS.3: /-(?=[^\s)])/
FIELD.2: /[A-Za-z_]+:/
REGEX.2: /\/(\\.|[^\\])+?\/[A-Za-z]{0,4}(?=[\s)]|$)/
PHRASE.2: /"(\\.|[^\\"])*"/
WORD: /(?!(?:AND|OR|NOT)(?:[\s()"]|$))[^\s()"-][^\s()"]*/
%ignore /\s+/
"""


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", transformer=_Tree())


class _Tree(Transformer[Token, Query]):
    """Lark's matches as the tree above, built while it parses."""

    def term(self, children: list[Token]) -> Query:
        [token] = children
        at = token.start_pos or 0
        value = str(token)
        if token.type == "PHRASE":
            return Term("", re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL), True, at, at)
        return Term("", value, False, at, at)

    def within(self, children: list[Token | Query]) -> Query:
        field, part = children
        assert isinstance(field, Token) and not isinstance(part, Token)
        return _named(part, str(field)[:-1], field.start_pos or 0)

    def negation(self, children: list[Query]) -> Query:
        return Negation(children[0])

    def both(self, children: list[Query]) -> Query:
        return Both(tuple(children))

    def either(self, children: list[Query]) -> Query:
        return Either(tuple(children))


def _named(query: Query, field: str, at: int) -> Query:
    match query:
        case Term(field=""):
            return Term(field, query.value, query.quoted, at, query.value_at)
        case Term():
            return query
        case Both(parts):
            return Both(tuple(_named(part, field, at) for part in parts))
        case Either(parts):
            return Either(tuple(_named(part, field, at) for part in parts))
        case Negation(part):
            return Negation(_named(part, field, at))


def _stray(text: str, at: int) -> str:
    character = text[at]
    if word := re.match(r"(?:AND|OR|NOT)\b", text[at:]):
        return f"{word[0]} wants something before it; put the word itself in quotes"
    if character == '"':
        return "a quote is opened here and never closed"
    if character == "-":
        return "- stands right before what must not be; put a text that begins with it in quotes"
    return f"{character!r} is not understood here; put it in quotes"


def _unexpected(error: UnexpectedToken, text: str) -> QueryError:
    token = error.token
    at = token.start_pos if token.start_pos is not None else len(text)
    if token.type == "$END":
        before = text.rstrip()
        if word := re.search(r"(?:^|[\s(])((?:AND|OR|NOT)|[A-Za-z_]+:)$", before):
            return QueryError(word.start(1), f"{word[1]} wants something after it")
        opened = _unclosed(text)
        return QueryError(opened, "this parenthesis is never closed")
    if token.type == "RPAR":
        if text[:at].rstrip().endswith("("):
            return QueryError(at, "nothing between the parentheses")
        return QueryError(at, "nothing opens this parenthesis, or something is missing before it")
    return QueryError(at, f"{token.strip()} wants something before it; put the word itself in quotes")


def _unclosed(text: str) -> int:
    """Return the place of the last parenthesis that is not closed, those in quotes aside."""
    opened: list[int] = []
    for found in re.finditer(r'"(?:\\.|[^\\"])*"|[()]', text):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0
