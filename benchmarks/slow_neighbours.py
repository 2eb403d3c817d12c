"""Do feeds that hang, drip, stall and explode make the others late?

    python benchmarks/slow_neighbours.py [--healthy 200] [--hostile 50] [--interval 15] [--seconds 90]

Plays every healthy feed on a loopback host of its own and the hostile ones on one host each, runs the real
daemon over them with the default limits, and prints how late the healthy feeds were asked: the gap between
two requests less the interval (which a jitter of up to a tenth is part of), and how long the first took.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import yaml

PORT = 18_600
FEEDHUB = (sys.executable, "-c", "from feedhub.cli import main; main()")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
FEED = (
    b'<rss version="2.0"><channel><title>Good</title><link>http://good.example/</link><description>d</description>'
    b"<item><guid>1</guid><title>One</title><link>http://good.example/1</link></item></channel></rss>"
)
BOMB = gzip.compress(b" " * (300 << 20), 9)
UNCLOSED = b'<rss version="2.0"><channel><item><description>' + b"<a" * 250_000

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def good(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b'ETag: "1"\r\nContent-Length: %d\r\n\r\n' % len(FEED) + FEED)


async def hang(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(1)


async def drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(1)


async def stall(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 9999\r\n\r\n" + FEED[:60])
    await asyncio.sleep(600)


async def bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)


async def unclosed(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(UNCLOSED) + UNCLOSED)


HOSTILE: tuple[Answer, ...] = (hang, drip, stall, drip_headers, bomb, unclosed)


class Publishers:
    """All hosts at one port; what a host does depends on its number, and every request is noted."""

    def __init__(self, healthy: int, hostile: int) -> None:
        self._hosts = [host_of(number) for number in range(healthy + hostile)]
        self._hostile = hostile
        self.asked: dict[int, list[float]] = defaultdict(list)

    async def serve(self) -> None:
        server = await asyncio.start_server(self._one, self._hosts, PORT)
        async with server:
            await server.serve_forever()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = number_of(writer.get_extra_info("sockname")[0])
        self.asked[number].append(time.time())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if number < self._hostile:
                await HOSTILE[number % len(HOSTILE)](writer)
            elif b'If-None-Match: "1"' in head:
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
            else:
                await good(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()


def host_of(number: int) -> str:
    return f"127.1.{number // 200}.{number % 200 + 1}"


def number_of(host: str) -> int:
    third, fourth = host.split(".")[2:]
    return int(third) * 200 + int(fourth) - 1


def configure(folder: Path, feeds: int, interval_s: int) -> Path:
    """Write the YAML: the hostile feeds first, so that they are claimed first."""
    file = folder / "feedhub.yaml"
    config = {
        "hub": {"data": "data"},
        "fetch": {"allow_private": [f"127.0.0.0/8:{PORT}"]},
        "defaults": {"interval": f"{interval_s}s"},
        "feeds": [f"http://{host_of(number)}:{PORT}/feed" for number in range(feeds)],
    }
    file.write_text(yaml.safe_dump(config))
    return file


def peak_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


async def run(healthy: int, hostile: int, interval_s: int, seconds: float) -> None:
    publishers = Publishers(healthy, hostile)
    serving = asyncio.create_task(publishers.serve())
    with tempfile.TemporaryDirectory() as folder:
        file = configure(Path(folder), healthy + hostile, interval_s)
        command = [*FEEDHUB, "-q", "-c", str(file), "run", "--no-serve"]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        await asyncio.sleep(seconds)
        peak = peak_mib(daemon.pid)
        daemon.send_signal(signal.SIGTERM)
        stopping = time.time()
        await asyncio.to_thread(daemon.wait)
        stopped_s = time.time() - stopping
    serving.cancel()
    asked = [publishers.asked[number] for number in range(hostile, hostile + healthy)]
    first = min(times[0] for times in publishers.asked.values() if times)
    late = sorted(later - earlier - interval_s for times in asked for earlier, later in pairwise(times))
    print(f"{healthy} healthy feeds, {hostile} hostile ones, each every {interval_s} s, for {seconds:g} s")
    print(f"healthy requests      {sum(map(len, asked))}; never asked: {sum(not times for times in asked)}")
    print(f"first asked after     {max(times[0] - first for times in asked if times):.1f} s at most")
    print(f"late, jitter included {late[len(late) // 2]:.1f} s in the middle, {late[-1]:.1f} s at most")
    print(f"hostile requests      {sum(len(publishers.asked[number]) for number in range(hostile))}")
    print(f"peak memory           {peak} MiB; stopped in {stopped_s:.1f} s")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--healthy", type=int, default=200)
    arguments.add_argument("--hostile", type=int, default=50)
    arguments.add_argument("--interval", type=int, default=15)
    arguments.add_argument("--seconds", type=float, default=90)
    given = arguments.parse_args()
    asyncio.run(run(given.healthy, given.hostile, given.interval, given.seconds))


if __name__ == "__main__":
    main()
