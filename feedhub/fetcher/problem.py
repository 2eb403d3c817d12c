"""Why a request brought no answer: the one exception inside this room, and what others' errors mean in it."""

from __future__ import annotations

import http.client
import ssl
from datetime import datetime

from urllib3 import exceptions as urllib3_errors

from feedhub.errors import FeedHubError
from feedhub.model import Limits

CAUSES = (urllib3_errors.HTTPError, http.client.HTTPException, OSError, ValueError)
"""Everything that urllib3, http.client and ssl raise for what a server or the network does."""


class FetchProblem(FeedHubError):
    """Ends one request; becomes a `FetchFailure`, whose reason codes it uses."""

    def __init__(
        self, reason: str, message: str, *, status: int | None = None, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status
        self.retry_at = retry_at


def out_of_time(limits: Limits) -> FetchProblem:
    """Return the problem of a request that used up its total time."""
    return FetchProblem(
        "timeout", f"not finished after {limits.total_s:g} s in all; `fetch.timeout` raises the limit"
    )


def too_large(max_bytes: int) -> FetchProblem:
    """Return the problem of a body over the limit."""
    return FetchProblem(
        "too-large", f"the document is larger than {max_bytes:,} bytes; `fetch.max_bytes` raises the limit"
    )


def long_head(max_bytes: int) -> FetchProblem:
    """Return the problem of headers over the limit."""
    return FetchProblem(
        "headers",
        f"the headers are larger than {max_bytes:,} bytes; `fetch.max_header_bytes` raises the limit",
    )


def diagnose(error: BaseException, host: str, limits: Limits) -> FetchProblem:
    """Say what an error of `CAUSES` means; the text never repeats a URL, which may hold a secret."""
    chain = _chain(error)
    for link in chain:
        if isinstance(link, FetchProblem):
            return link
    if _any(chain, ssl.SSLError):
        return FetchProblem("tls", f"no trusted TLS connection to {host}: {_tls_text(chain)}")
    if _any(chain, urllib3_errors.ProxyError):
        return FetchProblem("connect", f"the proxy gave no connection to {host}: {_innermost(chain)}")
    if _any(chain, TimeoutError):
        return FetchProblem(
            "timeout", f"{host} sent nothing for {limits.read_s:g} s; `fetch.read_timeout` raises the limit"
        )
    if _any(chain, http.client.IncompleteRead):
        return FetchProblem("truncated", f"{host} ended the connection before the end of the document")
    if _any(chain, http.client.RemoteDisconnected):
        return FetchProblem("network", f"{host} closed the connection without an answer")
    if _any(chain, http.client.InvalidURL):
        return FetchProblem("bad-url", f"the address cannot be asked for: {_innermost(chain)}")
    if _any(chain, http.client.HTTPException, ValueError):
        return FetchProblem("headers", f"{host} does not answer in valid HTTP: {_innermost(chain)}")
    return FetchProblem("network", f"the connection to {host} failed: {_innermost(chain)}")


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error with what caused it, outermost first; urllib3 nests in `args` too."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < 20:
        link = waiting.pop(0)
        if link is None or any(link is known for known in found):
            continue
        found.append(link)
        waiting.extend((link.__cause__, link.__context__))
        waiting.extend(part for part in link.args if isinstance(part, BaseException))
    return found


def _any(chain: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(link, kinds) for link in chain)


def _innermost(chain: list[BaseException]) -> str:
    """Return the plainest text of a chain: the operating system's words, else the last error's name."""
    for link in chain:
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
    last = chain[-1]
    shown = "".join(char if " " <= char <= "~" else "?" for char in str(last)[:80])
    return f"{type(last).__name__} {shown}".strip()


_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


def _tls_text(chain: list[BaseException]) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return link.verify_message
    for link in chain:
        if isinstance(link, ssl.SSLError) and link.reason:
            said = link.reason.replace("_", " ").lower()
            # What answers a greeting in TLS with plain text is mostly HTTP.
            return f"{said}; is it http:// there?" if link.reason in _NO_TLS else said
    return type(chain[-1]).__name__
