"""The fetcher: one polite, bounded, address-checked request, and nothing a server sends can hurt it.

In the order of one request: `target` (which URLs may be asked for), `headers` (what is said and what is
understood), `lookup` (names to addresses), `addresses` (which addresses may be spoken to), `connection`
(resolve, check, connect to what was checked), `transport` (the seam to requests), `answer` (heads, and bodies
as they come), `watchdog` (the total time), `decoding` (bodies), `problem` (why there is no answer), `client`
(the redirects between them). It knows no feed format and no store.
"""

from feedhub.fetcher.client import Fetcher, default_user_agent

__all__ = ["Fetcher", "default_user_agent"]
