"""The pages that people look at, as text: what is known goes in, a whole page comes out.

    addresses   where each page lies        views       what templates are given
    shelf       what pages show, from the store and the catalogue
    lines       stories as views            content     a story's body, fit for a page
    health      feeds' states in words      cadence     a feed's rhythm as a drawing
    theme       templates and static files, the owner's before ours
    pages       the pages                   qr          an address as a code to scan

The hub serves them and a static site holds them: every link is relative to its page, so that either works
under any path. Nothing here reads a clock or writes.
"""

from feedhub.pages.addresses import DayPage, day_of, day_path, qr_path, root_of, story_id, story_path
from feedhub.pages.health import FeedHealth, judge
from feedhub.pages.pages import Pages
from feedhub.pages.qr import qr_svg
from feedhub.pages.shelf import Shelf
from feedhub.pages.theme import Theme
from feedhub.pages.views import Card, Days, Hits, StoryLine, StoryView

__all__ = [
    "Card",
    "DayPage",
    "Days",
    "FeedHealth",
    "Hits",
    "Pages",
    "Shelf",
    "StoryLine",
    "StoryView",
    "Theme",
    "day_of",
    "day_path",
    "judge",
    "qr_path",
    "qr_svg",
    "root_of",
    "story_id",
    "story_path",
]
