"""What is published, in other places' forms: a static site, posts for Jekyll.

    published  what all of them take up
    tree     a folder of files, ours and others'     follow    which stories have changed
    site     the pages as files                      sitemap   what search engines are told
    jekyll   posts for Jekyll                        post      one of them
    feeds    the feeds beside either

Each writes what has changed since it wrote last, and removes only what it has written itself.
"""

from feedhub.exporters.jekyll import Jekyll
from feedhub.exporters.published import Published
from feedhub.exporters.site import Site
from feedhub.exporters.tree import Built

__all__ = ["Built", "Jekyll", "Published", "Site"]
