"""The configuration: YAML in, a `Config` without mistakes out, or every mistake with its line.

    locate      which file it is            document    YAML as values and nodes that know their line
    sources     what it includes            values      durations, sizes, addresses, names
    models      every key                   wording     pydantic's findings in plain words
    request     how a feed is asked for     feeds       inheritance, ids, categories
    outputs     rules, outputs, paths       catalogue   all of it together
    opml        other readers' lists        reference   the schema and the table of keys
    edit        a text with one item more   subscribe   feeds put in and taken out
    idle        what is said in vain        slips       what is hardly meant

Nothing here asks the network; the environment comes in as an argument.
"""

from feedhub.config.catalogue import Config, load
from feedhub.config.edit import EditError
from feedhub.config.feeds import feed_key
from feedhub.config.locate import find, starter
from feedhub.config.opml import OpmlError, OpmlFeed, Subscriptions, import_opml, opml_yaml, read_opml
from feedhub.config.reference import reference, schema
from feedhub.config.subscribe import (
    CannotAddError,
    Edit,
    Listing,
    Subscription,
    add_feed,
    find_listing,
    include_file,
    joining,
    remove_feed,
    unlisted,
)
from feedhub.config.values import parse_feed_url
from feedhub.config.wording import closest

__all__ = [
    "CannotAddError",
    "Config",
    "Edit",
    "EditError",
    "Listing",
    "OpmlError",
    "OpmlFeed",
    "Subscription",
    "Subscriptions",
    "add_feed",
    "closest",
    "feed_key",
    "find",
    "find_listing",
    "import_opml",
    "include_file",
    "joining",
    "load",
    "opml_yaml",
    "parse_feed_url",
    "read_opml",
    "reference",
    "remove_feed",
    "schema",
    "starter",
    "unlisted",
]
