"""The daemon and signals, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from tests.command import clean_environment

SIGNALS_IN_A_ROW = """
import os, signal, threading
from feedhub.scheduler import Daemon

def send() -> None:
    for _ in range(3000):
        os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)

daemon = Daemon((), reload=lambda: None)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
threading.Timer(0.1, send).start()
daemon.run()
"""


def test_signals_in_a_row() -> None:
    """Signals that come faster than they are handled hang nothing: SIGTERM ends the daemon all the same."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNALS_IN_A_ROW], timeout=30, env=clean_environment(), check=False
    )
    assert done.returncode == 0
