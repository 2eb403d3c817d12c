"""Pages as they were rendered last, until what they show changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from feedhub.web.respond import Representation

CACHE_BYTES = 32_000_000


class PageCache:
    """Rendered pages by their address, each under a mark that changes with what it shows.

    The least recently asked for make room. Safe in threads.
    """

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._pages: OrderedDict[str, tuple[object, Representation]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, path: str, mark: object, make: Callable[[], Representation]) -> Representation:
        """Return a page, made anew unless it is known under this mark."""
        with self._lock:
            known = self._pages.get(path)
            if known is not None and known[0] == mark:
                self._pages.move_to_end(path)
                return known[1]
        page = make()
        with self._lock:
            if (old := self._pages.pop(path, None)) is not None:
                self._size -= len(old[1].body)
            self._pages[path] = (mark, page)
            self._size += len(page.body)
            while self._size > self._max_bytes:
                _, (_, dropped) = self._pages.popitem(last=False)
                self._size -= len(dropped.body)
        return page
