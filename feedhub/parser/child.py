"""The process behind `tolerant`: reads documents from its standard input, one at a time, until that ends."""

from __future__ import annotations

import pickle
import resource
import struct
import sys
import time
import warnings
from typing import BinaryIO, Final

_LENGTH: Final = struct.Struct(">Q")


def main() -> None:
    """Serve until the pipe ends. Argument: the most address space, in bytes."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := requests.read(_LENGTH.size):
        body, encoding, url, seconds = pickle.loads(requests.read(_LENGTH.unpack(head)[0]))  # noqa: S301
        # Should the parent be gone, nobody watches the clock but the kernel.
        spent = int(time.process_time() + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (spent, resource.RLIM_INFINITY))
        _send(answers, _outcome(body, encoding, url))


def _outcome(body: bytes, encoding: str, url: str) -> object:
    from feedhub.errors import ParseError
    from feedhub.parser import feedparsed

    try:
        return feedparsed.read(body, "application/xml; charset=utf-8", url, encoding)
    except ParseError as error:
        return (error.reason, str(error))
    except (MemoryError, RecursionError) as error:
        return ("memory", f"the document is too large or nests too deep for feedparser: {error!r}")
    except Exception as error:  # noqa: BLE001  feedparser raises what it likes on broken input
        return ("malformed", f"feedparser failed on the document: {error!r}")


def _send(answers: BinaryIO, outcome: object) -> None:
    data = pickle.dumps(outcome)
    answers.write(_LENGTH.pack(len(data)) + data)
    answers.flush()


if __name__ == "__main__":
    main()
