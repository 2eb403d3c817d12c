"""The data that flows through FeedHub: frozen, slotted, stdlib only.

The files, in the order of one entry's way: `raw` (what a document said), `fetch` (one request and
its answer), `entry` (what we keep, and the stories made of it), `catalogue` (the configuration in the
form the rooms work with), `extraction` (how entries are found in what is no feed), `access` (who may read
what is private), `poll` (what one poll knows before and says after), `publication` (what is published).
Everything is importable from here.
"""

from feedhub.model.access import Access
from feedhub.model.catalogue import (
    AllOf,
    AnyOf,
    Catalogue,
    Category,
    Condition,
    Digest,
    DuplicatePolicy,
    Feed,
    FetchOptions,
    Limits,
    LinkPolicy,
    Match,
    Naming,
    Not,
    Output,
    Pattern,
    Rule,
    Site,
    StepSpec,
    TermTags,
    Within,
)
from feedhub.model.dossier import Dossier, Witness
from feedhub.model.entry import Entry, Related, Source, Story
from feedhub.model.export import JekyllExport
from feedhub.model.extraction import Detail, Extraction
from feedhub.model.fetch import (
    Fetched,
    FetchFailure,
    FetchOutcome,
    FetchRequest,
    Hop,
    NotModified,
)
from feedhub.model.found import Found, Listed
from feedhub.model.poll import (
    SLOW_AFTER,
    Claim,
    CommitReport,
    FeedHead,
    FeedState,
    FeedStatus,
    HealthChange,
    PollResult,
)
from feedhub.model.publication import (
    Build,
    BuildClaim,
    Document,
    News,
    Page,
    Shelf,
    Standing,
    archive_path,
    etag_of,
    output_path,
)
from feedhub.model.raw import Enclosure, ParsedFeed, Person, Place, Placement, Podcast, RawEntry, Transcript
from feedhub.model.revised import Mark, Revised

__all__ = [
    "SLOW_AFTER",
    "Access",
    "AllOf",
    "AnyOf",
    "Build",
    "BuildClaim",
    "Catalogue",
    "Category",
    "Claim",
    "CommitReport",
    "Condition",
    "Detail",
    "Digest",
    "Document",
    "Dossier",
    "DuplicatePolicy",
    "Enclosure",
    "Entry",
    "Extraction",
    "Feed",
    "FeedHead",
    "FeedState",
    "FeedStatus",
    "FetchFailure",
    "FetchOptions",
    "FetchOutcome",
    "FetchRequest",
    "Fetched",
    "Found",
    "HealthChange",
    "Hop",
    "JekyllExport",
    "Limits",
    "LinkPolicy",
    "Listed",
    "Mark",
    "Match",
    "Naming",
    "News",
    "Not",
    "NotModified",
    "Output",
    "Page",
    "ParsedFeed",
    "Pattern",
    "Person",
    "Place",
    "Placement",
    "Podcast",
    "PollResult",
    "RawEntry",
    "Related",
    "Revised",
    "Rule",
    "Shelf",
    "Site",
    "Source",
    "Standing",
    "StepSpec",
    "Story",
    "TermTags",
    "Transcript",
    "Within",
    "Witness",
    "archive_path",
    "etag_of",
    "output_path",
]
