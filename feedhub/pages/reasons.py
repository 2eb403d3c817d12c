"""Why a feed could not be read, and what to do, in plain words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_REASONS = {
    "bad-url": ("The address is not one that can be asked for.", "Correct the URL in the configuration."),
    "scheme": ("Only http and https addresses are read.", "Correct the URL in the configuration."),
    "address": (
        "The address belongs to a private network and was refused.",
        "If you trust it, list it under fetch.allow_private.",
    ),
    "dns": ("The host name was not found.", "Check the spelling; the site may have closed."),
    "connect": ("The server did not take the connection.", "It may be down; it is asked again."),
    "tls": (
        "No secure connection could be made.",
        "Open it in a browser: its certificate may have run out, or it speaks http:// alone.",
    ),
    "timeout": ("The server was too slow.", "It is asked again, less often."),
    "too-large": ("The document is larger than allowed.", "Raise fetch.max_bytes if it is meant to be."),
    "headers": ("The server's answer has broken headers.", "It is asked again."),
    "redirects": (
        "The address redirects in circles, too often, or to nowhere.",
        "Open it in a browser, copy where it ends.",
    ),
    "encoding": ("The compressed answer was broken.", "It is asked again."),
    "truncated": ("The answer ended too early.", "It is asked again."),
    "throttled": (
        "The server asked us to come less often.",
        "We wait as long as it said; a longer interval helps.",
    ),
    "gone": ("The publisher says that the feed is gone for good.", "Remove it from the configuration."),
    "not-found": ("There is no document at this address.", "Look for the feed's new address on the site."),
    "denied": (
        "The server refused us.",
        "If you have a login, write it under auth; else ask its owner to let feed readers in.",
    ),
    "http": ("The server answered with an error.", "It is asked again."),
    "offline": ("No feed can be reached: the network seems to be down.", "It is asked again in minutes."),
    "network": ("The connection broke.", "It is asked again."),
    "empty": ("The document is empty.", "It is asked again."),
    "html": ("There is a web page at this address, not a feed.", "Look for the feed's address on that page."),
    "not-a-feed": ("The document is not a feed.", "Check the URL in the configuration."),
    "too-complex": ("The document is too deeply nested to be read.", "Tell its publisher."),
    "busy": ("Too many broken documents came at once; this one was not read.", "It is asked again."),
    "memory": ("Reading the document took too much memory.", "Tell its publisher."),
    "loop": ("The feed is one of this hub's own outputs.", "Remove it from the configuration."),
    "bug": ("FeedHub itself made a mistake.", "Please report it; the log has the details."),
    "malformed": ("The document is too broken to be read.", "Tell its publisher; it is asked again."),
}


def explain(reason: str, status: int | None) -> tuple[str, str]:
    """Return what went wrong and what to do, each in a sentence."""
    says, advice = _REASONS.get(reason, ("It could not be read.", "It is asked again."))
    if reason in ("http", "denied") and status:
        says = says if status >= 400 else "The server answered without a feed."
        says = f"{says[:-1]} (HTTP {status})."
    return says, advice


def without_secrets(text: str) -> str:
    """Return a text whose addresses show no user, password or query."""
    return _URL.sub(lambda found: shown_address(found[0]), text)


def shown_address(url: str) -> str:
    """Return a URL without what may be a secret: user, password and query stay out of a public page."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{port}{parts.path}{'?…' if parts.query else ''}"


_URL = re.compile(r"https?://[^\s'\"<>]+")
