"""Many feeds in, the feeds you want out."""

__version__ = "0.1.0"
