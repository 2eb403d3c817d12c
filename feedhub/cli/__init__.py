"""The command `feedhub`: one module a command, each importing what it needs only when it runs.

Exit codes: 0 done; 1 it ran but could not do what was asked; 2 wrong usage or configuration. Results go
to stdout, everything else to stderr.
"""

from feedhub.cli.main import main

__all__ = ["main"]
