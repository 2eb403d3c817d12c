"""Interpreters that have imported FeedHub, and fork a process for each command.

A start costs 0.7 s, nearly all of it imports, and the tests start the command hundreds of times. What is
forked is a process with its own arguments, environment, folder and output; it runs `python -m feedhub` and
ends as any other. There are two interpreters, asked in turn: they differ in their hash seeds, as two starts
do, so that the order of a set shows where it gets into what is published.

As a program: `python -m tests.preloaded FD`, for the socket by which commands come.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import itertools
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
TURNS = itertools.cycle((0, 1))
NUMBER = struct.Struct("i")


def run(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str], timeout: float, ahead_s: int
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, by a clock that is ahead; raises subprocess.TimeoutExpired."""
    command = json.dumps([arguments, str(folder), dict(environ), ahead_s]).encode()
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with theirs:
            socket.send_fds(interpreter(next(TURNS)), [b"!"], [theirs.fileno(), out.fileno(), err.fileno()])
        ours.settimeout(timeout)
        ours.sendall(NUMBER.pack(len(command)) + command)
        pid = _number(ours)
        try:
            code = _number(ours)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout) from None
        return subprocess.CompletedProcess(list(arguments), code, _text(out), _text(err))


@cache
def interpreter(number: int) -> socket.socket:
    """Start one of the interpreters and return the socket for commands; it ends with this process."""
    from tests.command import clean_environment

    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded", str(theirs.fileno())],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _number(line: socket.socket) -> int:
    return int(NUMBER.unpack(_exactly(line, NUMBER.size))[0])


def _exactly(line: socket.socket, size: int) -> bytes:
    found = line.recv(size, socket.MSG_WAITALL)
    if len(found) < size:
        raise EOFError("the other end is gone")
    return found


def serve(commands: socket.socket) -> None:
    """Fork for each command that comes, until whoever sends them is gone."""
    attending: set[int] = set()
    while True:
        told, files, _, _ = socket.recv_fds(commands, 1, 3)
        if not told:
            break
        pid = os.fork()
        if not pid:
            commands.close()
            attend(socket.socket(fileno=files[0]), *files[1:])
            return
        attending = {one for one in {*attending, pid} if os.waitpid(one, os.WNOHANG) == (0, 0)}
        for file in files:
            os.close(file)
    for pid in attending:
        os.waitpid(pid, 0)


def attend(line: socket.socket, out: int, err: int) -> None:
    """Fork once more for the command itself, and tell its pid and how it ended."""
    arguments, folder, environ, ahead_s = json.loads(_exactly(line, _number(line)))
    pid = os.fork()
    if pid:
        line.sendall(NUMBER.pack(pid))
        line.sendall(NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
        os._exit(0)
    line.close()
    for file, number in ((out, 1), (err, 2)):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    put_ahead(timedelta(seconds=ahead_s))
    sys.argv[1:] = arguments
    runpy.run_module("feedhub", run_name="__main__", alter_sys=True)


def put_ahead(span: timedelta) -> None:
    """Change the clock that the composition root hands out."""
    from feedhub import app, worker

    now = worker.utc_now
    app.utc_now = worker.utc_now = lambda: now() + span


def warm() -> None:
    """Do once what every command does before its own work."""
    import structlog

    from feedhub.cli.main import app

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        file = Path(folder) / "feedhub.yaml"
        file.write_text("hub: {data: data}\nfeeds: [https://a.example/]\n")
        app(["-c", str(file), "status"], standalone_mode=False)
    structlog.reset_defaults()


if __name__ == "__main__":
    import feedhub.app
    import feedhub.pages  # noqa: F401 - so that no child imports it

    warm()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
