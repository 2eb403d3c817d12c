"""What is published, in other places' forms: a static site, posts for Jekyll.

    tree     a folder of files, ours and others'     sitemap   what search engines are told
    site     the pages as files

Each writes what has changed since it wrote last, and removes only what it has written itself.
"""

from feedhub.exporters.site import Built, Site

__all__ = ["Built", "Site"]
