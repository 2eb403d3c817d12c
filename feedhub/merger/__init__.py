"""The same story once: which entries of a category tell the same thing, and why.

Pure: `keys` says what to look up, the store answers from its indexes, `decide` judges. No clock, no
database, no network. `match_keys` of an entry are its `keys`, filled in when it is polled.
"""

from feedhub.merger import shortlist
from feedhub.merger.across import once
from feedhub.merger.boilerplate import Boilerplate, learn
from feedhub.merger.decision import Candidate, Decision, Found, Join, Repair, decide, story_id, winner
from feedhub.merger.links import link_key
from feedhub.merger.matchkeys import BODY_SKETCH, LIKENESS_KINDS, LOOKUP_KINDS, TITLE_SKETCH, keys

__all__ = [
    "BODY_SKETCH",
    "LIKENESS_KINDS",
    "LOOKUP_KINDS",
    "TITLE_SKETCH",
    "Boilerplate",
    "Candidate",
    "Decision",
    "Found",
    "Join",
    "Repair",
    "decide",
    "keys",
    "learn",
    "link_key",
    "once",
    "shortlist",
    "story_id",
    "winner",
]
