"""What people and feed readers see: the published feeds, pages about them, and the hub's health.

Reads the store and the catalogue, writes nothing. Every byte of a feed comes from the store's documents;
a private output is answered exactly as one that does not exist.
"""

from feedhub.web.app import create_app
from feedhub.web.listener import WebServer, server

__all__ = ["WebServer", "create_app", "server"]
