"""What every command starts from: the shared options, the configuration, the log."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedhub.app import App
    from feedhub.config import Config


@dataclass(frozen=True, slots=True)
class Options:
    """The options before the command's name."""

    config: Path | None = None
    verbose: bool = False
    quiet: bool = False

    def path(self) -> Path:
        """Return the configuration file to use; ConfigError if there is none."""
        from feedhub import config

        return config.find(self.config, os.environ)

    def load(self) -> Config:
        """Read the configuration and start the log."""
        from feedhub import config

        loaded = config.load(self.path(), os.environ)
        self.start_log()
        return loaded

    def open(self, loaded: Config | None = None, *, polling: bool = False) -> App:
        """Open the hub by a configuration that was read already, or by the one that there is."""
        loaded = loaded or self.load()
        # Half of a start, which a mistake in the configuration need not wait for.
        from feedhub.app import App

        return App(loaded, polling=polling)

    def start_log(self, *, calm: bool = False) -> None:
        """Log to stderr: coloured on a terminal, plain key=value lines elsewhere.

        `calm`: errors alone, unless all is asked for.
        """
        import structlog

        usual = logging.ERROR if calm else logging.WARNING if self.quiet else logging.INFO
        level = logging.DEBUG if self.verbose else usual
        terminal = sys.stderr.isatty()
        # Tracebacks are plain: the other way shows what variables hold, which may be a password.
        rendered = (
            [
                structlog.dev.ConsoleRenderer(
                    sort_keys=False, exception_formatter=structlog.dev.plain_traceback
                )
            ]
            if terminal
            else [
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            ]
        )
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
                *rendered,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        # A tick that lasts longer than its interval is normal: the next one is skipped without a word.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
