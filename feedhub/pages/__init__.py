"""The pages that people look at, as text: what is known goes in, a whole page comes out.

    addresses   where each page lies        views       what templates are given
    shelf       what pages show, from the store and the catalogue
    lines       stories as views            content     a story's body, fit for a page
    health      feeds' states in words      reasons     why, and what to do
    inquiry     which of them are shown     cadence     a feed's rhythm as a drawing
    healthfeed  their changes as a feed
    theme       templates and static files, the owner's before ours
    pages       the pages                   qr          an address as a code to scan

The hub serves them and a static site holds them: every link is relative to its page, so that either works
under any path. Nothing here reads a clock or writes.
"""

from feedhub.pages.addresses import DayPage, day_of, day_path, qr_path, root_of, story_id, story_path
from feedhub.pages.health import FeedHealth, judge
from feedhub.pages.healthfeed import health_feed
from feedhub.pages.inquiry import Inquiry
from feedhub.pages.pages import Pages
from feedhub.pages.qr import qr_svg
from feedhub.pages.shelf import Shelf
from feedhub.pages.theme import Theme
from feedhub.pages.views import Card, Days, Hits, HubState, StoryLine, StoryView, TaskState

__all__ = [
    "Card",
    "DayPage",
    "Days",
    "FeedHealth",
    "Hits",
    "HubState",
    "Inquiry",
    "Pages",
    "Shelf",
    "StoryLine",
    "StoryView",
    "TaskState",
    "Theme",
    "day_of",
    "day_path",
    "health_feed",
    "judge",
    "qr_path",
    "qr_svg",
    "root_of",
    "story_id",
    "story_path",
]
