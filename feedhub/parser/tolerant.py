"""What the fast path cannot read goes to feedparser, in a child process that can be killed.

The child is bounded in time, CPU and memory, is started when first needed, serves one document after another,
and ends with its parent. A document that is known to take feedparser beyond any bound is refused before.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import re
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import feedhub
from feedhub.errors import ParseError
from feedhub.model import ParsedFeed

# feedparser's own costs, measured on 6.0.14: 20,000 categories in one item 13.9 s, 100,000 attributes on one
# element more than 40 s, 50,000 undeclared prefixes more than 5 s, 500 kB of unclosed tags 35 s, 20,000 items
# 6.6 s. Real feeds stay far below.
MAX_BYTES: Final = 8_000_000
MAX_TAGS: Final = 300_000
MAX_CATEGORIES: Final = 2_000
MAX_ATTRIBUTES: Final = 1_000
MAX_PREFIXES: Final = 200
MAX_TAG_BYTES: Final = 32_768
MAX_UNCLOSED: Final = 5_000

_ITEM_START = re.compile(rb"<(?:item|entry)[\s>]")
_CATEGORY = re.compile(rb"<(?:[a-z]{1,10}:)?(?:category|subject|keywords|tags)\b")
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{%d}" % MAX_TAG_BYTES)
_MANY_ATTRIBUTES = re.compile(
    rb"<[A-Za-z][^\s<>]*+(?:\s++[^\s<>=\"']++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s<>\"']++)){%d}"
    % MAX_ATTRIBUTES
)
_PREFIX = re.compile(rb"</?([A-Za-z_][^\s<>/:]{0,100}):")
_LENGTH: Final = struct.Struct(">Q")
_PIPE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may cost the child: seconds by the wall clock, bytes of address space.

    `children` is how many documents are worked on at a time in this process; more wait for their turn, though
    no longer than `patience` seconds: a poll has to end before its lease does (ten minutes).
    """

    seconds: float = 5.0
    patience: float = 60.0
    memory: int = 512 << 20
    children: int = 2


def read(body: bytes, encoding: str, url: str) -> ParsedFeed:
    """Read a document of any kind and state with feedparser.

    Args:
        body: in UTF-8.
        encoding: what it was before, for the record.
    Raises: ParseError `too-complex`, `timeout`, `busy`, `memory`, `not-a-feed`, `malformed`.
    """
    refuse_complex(body)
    return _POOL.read(body, encoding, url)


def refuse_complex(body: bytes) -> None:
    """Raise ParseError `too-complex` for what feedparser would take too long over; one pass."""
    if len(body) > MAX_BYTES:
        raise ParseError("too-complex", f"the document is not well-formed and longer than {MAX_BYTES} bytes")
    opened = body.count(b"<")
    if opened > MAX_TAGS:
        raise ParseError("too-complex", f"the document is not well-formed and has more than {MAX_TAGS} tags")
    if opened - body.count(b">") > MAX_UNCLOSED:
        raise ParseError("too-complex", "the document has thousands of tags that never close")
    if _LONG_TAG.search(body):
        raise ParseError("too-complex", f"the document has a tag longer than {MAX_TAG_BYTES} bytes")
    if _MANY_ATTRIBUTES.search(body):
        raise ParseError("too-complex", f"the document has a tag of {MAX_ATTRIBUTES} attributes")
    if len(set(_PREFIX.findall(body))) > MAX_PREFIXES:
        raise ParseError("too-complex", f"the document uses more than {MAX_PREFIXES} namespace prefixes")
    if len(_CATEGORY.findall(body)) > MAX_CATEGORIES and any(
        len(_CATEGORY.findall(part)) > MAX_CATEGORIES for part in _ITEM_START.split(body)
    ):
        raise ParseError("too-complex", f"an item of the document has more than {MAX_CATEGORIES} categories")


class Pool:
    """The children of this process: idle ones are kept, one that misbehaves is killed and forgotten."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._idle: list[subprocess.Popen[bytes]] = []
        self._unlock()

    def read(self, body: bytes, encoding: str, url: str) -> ParsedFeed:
        """Hand one document to a child and wait for its answer, within the bounds."""
        request = pickle.dumps((body, encoding, url, self._bounds.seconds))
        if not self._turns.acquire(timeout=self._bounds.patience):
            raise ParseError(
                "busy",
                f"the document is not well-formed and others of its kind, {self._bounds.children} being read"
                f" at a time, came first for {self._bounds.patience:g} seconds: it is tried at the next poll",
            )
        try:
            answer = self._ask(request)
        finally:
            self._turns.release()
        outcome = _Unpickler(io.BytesIO(answer)).load()
        if isinstance(outcome, ParsedFeed):
            return outcome
        reason, message = outcome
        raise ParseError(reason, message)

    def _ask(self, request: bytes) -> bytes:
        child = self._take()
        try:
            answer = _exchange(child, request, time.monotonic() + self._bounds.seconds)
        except BaseException:
            _end(child)
            raise
        with self._lock:
            self._idle.append(child)
        return answer

    def close(self) -> None:
        """End every idle child."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            _end(child)

    def forget(self) -> None:
        """Let go of children that belong to the process this one was forked from."""
        for child in self._idle:
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
            child.returncode = 0
        self._idle = []
        self._unlock()

    def _unlock(self) -> None:
        self._turns = threading.BoundedSemaphore(self._bounds.children)
        self._lock = threading.Lock()

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)
        return _start(self._bounds.memory)


def _start(memory: int) -> subprocess.Popen[bytes]:
    # Nothing of our environment but where modules are: secrets have no business in there.
    home = str(Path(feedhub.__file__).resolve().parents[1])
    path = os.pathsep.join(dict.fromkeys([home, *(part for part in sys.path if part)]))
    try:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module, no word from outside
            [sys.executable, "-m", "feedhub.parser.child", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": path, "PYTHONUTF8": "1"},
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the daemon; the child ends when its pipe does
        )
    except OSError as error:
        raise ParseError("memory", f"no process could be started to read the document: {error}") from error


def _exchange(child: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
    """Write a request and read its answer, neither waiting longer than the deadline."""
    assert child.stdin is not None and child.stdout is not None
    to_child, from_child = child.stdin.fileno(), child.stdout.fileno()
    os.set_blocking(to_child, False)
    os.set_blocking(from_child, False)
    pending = memoryview(_LENGTH.pack(len(request)) + request)
    answer = bytearray()
    poll = select.poll()  # not select(): a busy process has descriptors beyond its 1024
    poll.register(from_child, select.POLLIN)
    poll.register(to_child, select.POLLOUT)
    while len(answer) < _LENGTH.size or len(answer) < _LENGTH.size + _LENGTH.unpack_from(answer)[0]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ParseError("timeout", "the document is not well-formed and took too long to read")
        ready = dict(poll.poll(left * 1000))
        try:
            if to_child in ready:
                pending = pending[os.write(to_child, pending[:_PIPE]) :]
                if not pending:
                    poll.unregister(to_child)
            if from_child in ready:
                chunk = os.read(from_child, _PIPE)
                if not chunk:
                    raise BrokenPipeError
                answer += chunk
        except OSError as error:
            raise ParseError("memory", "reading the document ended the process that read it") from error
    return bytes(answer[_LENGTH.size :])


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    child.wait()


class _Unpickler(pickle.Unpickler):
    """Takes our own data types back and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "feedhub.model.raw" or (module, name) in (
            ("datetime", "datetime"),
            ("datetime", "timedelta"),
            ("datetime", "timezone"),
            ("builtins", "frozenset"),
        ):
            return super().find_class(module, name)
        raise ParseError("malformed", f"the reading process answered with a {module}.{name}")


# One pool for the process, as processes are what it counts: a child costs 40 MB and 0.3 s to start.
_POOL: Final = Pool()
atexit.register(_POOL.close)
os.register_at_fork(after_in_child=_POOL.forget)
