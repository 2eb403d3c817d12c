"""How workers share the tests: one by one, but first, and as a whole, modules whose tests share a world."""

from __future__ import annotations

from pathlib import PurePath

from xdist.scheduler import LoadScopeScheduling

WHOLE = {f"test_{name}.py" for name in ("browser", "corpus", "explain", "identity", "serving")}
"""Those whose world takes seconds to make."""


class WholeModules(LoadScopeScheduling):
    """What `--dist loadgroup` is for; with pytest 9.2 that groups nothing (pytest-xdist issue 1386)."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if PurePath(module).name in WHOLE else nodeid
