"""Sample publishers on loopback, for a hub that has nothing else to read: `feedhub demo`.

What a publisher says at an instant is a pure function of its texts (`texts.toml`), the instant and when the
play began; `serve` puts that on the network of this machine alone.
"""

from feedhub.demo.feeds import publish
from feedhub.demo.plan import demo_yaml
from feedhub.demo.publishers import PUBLISHERS, Article, Publisher, articles
from feedhub.demo.stage import Stage, serve

__all__ = ["PUBLISHERS", "Article", "Publisher", "Stage", "articles", "demo_yaml", "publish", "serve"]
