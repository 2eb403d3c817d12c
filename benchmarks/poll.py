"""Time polling a farm of local feeds: FeedHub beside reader, newsboat and sfeed as they are installed here.

    python benchmarks/poll.py [--feeds N] [--rounds N] [--farm FILE] [--reader PYTHON] [--only NAME,NAME]

Each program polls the same feeds three times from nothing: cold, with nothing changed, with one new entry in
every feed. The farm answers from memory: what it has to make is asked for once before. Prints the median wall
and processor seconds, ratios to FeedHub's, and the peak memory of all processes together (PSS, sampled).
FeedHub and reader are timed twice: the whole command, a new process for each poll, and `within` one process
that goes on, as a daemon does. `bare` is no program but a floor: what Python takes to ask for the feeds, read
them by lxml and write four fields of each entry into a table, with nothing cleaned, compared or published.

FILE is `feedfarm.py`, by default the one beside the checkout; PYTHON is the interpreter of an environment
with `reader` (and `sgmllib3k`, which its feedparser needs). A program that is not there is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

FARM = Path(__file__).resolve().parents[2] / "shared" / "tools" / "feedfarm.py"
FEEDHUB = Path(sys.executable).with_name("feedhub")
CASES = ("cold", "unchanged", "one new")
CONCURRENT = 16
SAMPLE_S = 0.5
"""Seldom: a look takes 10 ms for each process, which is then not at work."""
READER = f"""
from reader import make_reader
reader = make_reader("reader.sqlite")
for url in open("urls"):
    reader.add_feed(url.strip(), exist_ok=True)
def poll():
    reader.update_feeds(scheduled=False, workers={CONCURRENT})
"""
BARE = """
import gzip, http.client, sqlite3
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from lxml import etree
kept = sqlite3.connect("bare.sqlite")
kept.execute("CREATE TABLE etag (url TEXT PRIMARY KEY, value TEXT)")
kept.execute("CREATE TABLE entry (id TEXT PRIMARY KEY, link TEXT, title TEXT, body TEXT)")
urls = open("urls").read().split()
def read(url, etag):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", parts.path, headers={"If-None-Match": etag, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    items = etree.fromstring(gzip.decompress(body)).iter("item") if answer.status == 200 else ()
    fields = ("guid", "link", "title", "description")
    return url, answer.headers["ETag"], [tuple(map(item.findtext, fields)) for item in items]
def poll():
    etags = dict(kept.execute("SELECT url, value FROM etag"))
    with ThreadPoolExecutor(4) as pool, kept:
        for url, etag, entries in pool.map(read, urls, [etags.get(url, "") for url in urls]):
            kept.execute("INSERT OR REPLACE INTO etag VALUES (?, ?)", (url, etag))
            kept.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", entries)
"""
HUB = """
from pathlib import Path
from feedhub.app import App
from feedhub.cli.context import Options
app = App(Options(config=Path("feedhub.yaml"), quiet=True).load(), polling=True)
def poll():
    for _ in app.hub.poll_due(ignore_schedule=True):
        pass
    app.hub.publish()
"""
WITHIN = """
import glob, os, resource, sys, time
def spent():
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for listed in glob.glob("/proc/self/task/*/children"):
        for child in open(listed).read().split():
            fields = open(f"/proc/{child}/stat").read().rpartition(")")[2].split()
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used
for _ in iter(sys.stdin.readline, ""):
    started, used = time.perf_counter(), spent()
    poll()
    print(time.perf_counter() - started, spent() - used, flush=True)
os._exit(0)
"""
"""Behind a program: polls whenever a line comes, and says what it took; its processes with it."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program: what it needs in an empty folder, and what polls there."""

    name: str
    version: str
    prepare: Callable[[Path, list[str]], None]
    command: list[str]
    within: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took. Seconds, and megabytes."""

    wall_s: float
    processor_s: float
    peak_mb: float


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--farm", type=Path, default=FARM)
    parser.add_argument("--port", type=int, default=9530)
    parser.add_argument("--reader", default="/tmp/peers/bin/python", help="the interpreter that has reader")
    parser.add_argument("--only", default="", help="names, by comma")
    chosen = parser.parse_args()
    if not chosen.farm.is_file():
        print(f"no farm at {chosen.farm}; give its place with --farm", file=sys.stderr)
        return 1
    programs = [
        one
        for one in installed(chosen.reader)
        if not chosen.only or one.name.partition(",")[0] in chosen.only.split(",")
    ]
    load = os.getloadavg()[0]
    costs: dict[tuple[str, str], list[Cost]] = {}
    for _ in range(chosen.rounds):
        for program in programs:  # side by side, so that a busy moment of the machine hits every one
            for case, cost in zip(
                CASES, measure(program, chosen.farm, chosen.port, chosen.feeds), strict=True
            ):
                costs.setdefault((program.name, case), []).append(cost)
    print(
        f"{chosen.feeds} feeds of 30 entries, medians of {chosen.rounds}\n"
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {processor()}; "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    print(", ".join(f"{one.name} {one.version}" for one in programs if not one.within))
    show(programs, costs)
    return 0


def installed(reader: str) -> list[Program]:
    """Return the programs that are there."""
    version = "import importlib.metadata as m; print(m.version('{}'))"
    found = [Program("feedhub", said(sys.executable, "-c", version.format("feedhub")), hub, hub_command())]
    ours = found[0].version
    found.append(Program("feedhub, within", ours, hub, [sys.executable, "-c", HUB + WITHIN], within=True))
    found.append(Program("bare, within", "", urls, [sys.executable, "-c", BARE + WITHIN], within=True))
    if shutil.which(reader):
        theirs = said(reader, "-c", version.format("reader"))
        found.append(Program("reader", theirs, urls, [reader, "-c", READER + "poll()"]))
        found.append(Program("reader, within", theirs, urls, [reader, "-c", READER + WITHIN], within=True))
    if shutil.which("newsboat"):
        command = ["newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
        found.append(Program("newsboat", packaged("newsboat"), newsboat, command))
    if shutil.which("sfeed_update"):
        found.append(Program("sfeed", packaged("sfeed"), sfeed, ["sfeed_update", "./sfeedrc"]))
    return found


def measure(program: Program, farm: Path, port: int, feeds: int) -> Iterator[Cost]:
    """Yield what each case costs, from an empty folder and a new farm."""
    with ExitStack() as stack:
        stack.enter_context(serving(farm, port))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = said(sys.executable, str(farm), "urls", str(feeds), "--port", str(port)).split()
        program.prepare(folder, addresses)
        process = stack.enter_context(started(program, folder)) if program.within else None
        for case in CASES:
            if case == "one new":
                urlopen(f"http://127.0.0.1:{port}/ctl/bump").read()
            with ThreadPoolExecutor(CONCURRENT) as pool:
                list(pool.map(lambda url: urlopen(Request(url)).read(), addresses))
            yield ask(process) if process else run(program, folder)


def run(program: Program, folder: Path) -> Cost:
    """Run a program in a folder and weigh it with all its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with started(program, folder) as process, weighed(process) as peak:
        output, _ = process.communicate()
        wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{program.name} ended with {process.returncode}:\n{output[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, used, peak[0])


def ask(process: subprocess.Popen[str]) -> Cost:
    """Have a program that goes on poll once more."""
    assert process.stdin and process.stdout
    with weighed(process) as peak:
        process.stdin.write("\n")
        process.stdin.flush()
        wall, used = process.stdout.readline().split()
    return Cost(float(wall), float(used), max(peak[0], memory_mb(process.pid)))


@contextmanager
def started(program: Program, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a program in a folder; it ends when nothing comes to it any more."""
    environ = {**os.environ, "HOME": str(folder)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody who installs a program compiles it at each start
    with subprocess.Popen(
        program.command,
        cwd=folder,
        env=environ,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if program.within else subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        yield process


@contextmanager
def weighed(process: subprocess.Popen[str]) -> Iterator[list[float]]:
    """Have the most memory that a program takes meanwhile, in MB."""
    peak, ended = [0.0], threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peak, ended))
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def watch(session: int, peak: list[float], ended: threading.Event) -> None:
    """Keep the most memory that a session's processes had together."""
    while not ended.wait(SAMPLE_S):
        peak[0] = max(peak[0], memory_mb(session))


def memory_mb(session: int) -> float:
    """Return what a session's processes take together: proportional set size."""
    total = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                text = (entry / "smaps_rollup").read_text()
                total += int(text.partition("\nPss:")[2].split(maxsplit=1)[0])
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return total / 1024


def show(programs: list[Program], costs: dict[tuple[str, str], list[Cost]]) -> None:
    """Print the table."""
    print(f"{'':26}{'wall s':>9}{'x':>7}{'processor s':>14}{'x':>7}{'peak MB':>10}")
    for case in CASES:
        first = None
        for program in programs:
            taken = costs[program.name, case]
            wall, used = median(one.wall_s for one in taken), median(one.processor_s for one in taken)
            first = first or (wall, used)
            peak = max(one.peak_mb for one in taken)
            print(
                f"{case:10}{program.name:16}{wall:9.2f}{wall / first[0]:7.1f}"
                f"{used:14.2f}{used / first[1]:7.1f}{peak:10.0f}"
            )


@contextmanager
def serving(farm: Path, port: int) -> Iterator[None]:
    """Have a farm answer."""
    process = subprocess.Popen([sys.executable, str(farm), "serve", "--port", str(port)])
    try:
        for _ in range(100):
            try:
                urlopen(f"http://127.0.0.1:{port}/ctl/stats").read()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def hub_command() -> list[str]:
    return [str(FEEDHUB), "-q", "-c", "feedhub.yaml", "poll", "--all"]


def hub(folder: Path, addresses: list[str]) -> None:
    """Write a configuration: all defaults, but that the farm is on this machine."""
    config = {
        "hub": {"data": "data"},
        "fetch": {"allow_private": ["127.0.0.0/8"]},
        "categories": {"farm": {"feeds": addresses}},
    }
    (folder / "feedhub.yaml").write_text(json.dumps(config))


def urls(folder: Path, addresses: list[str]) -> None:
    """Write the addresses, one a line."""
    (folder / "urls").write_text("\n".join(addresses) + "\n")


def newsboat(folder: Path, addresses: list[str]) -> None:
    """Write the addresses and a configuration."""
    urls(folder, addresses)
    (folder / "config").write_text(f"reload-threads {CONCURRENT}\n")


def sfeed(folder: Path, addresses: list[str]) -> None:
    """Write a script that sfeed_update reads."""
    feeds = "\n".join(f"\tfeed 'f{number}' '{url}'" for number, url in enumerate(addresses))
    (folder / "sfeedrc").write_text(
        f"sfeedpath='{folder}/feeds'\nmaxjobs={CONCURRENT}\nfeeds() {{\n{feeds}\n}}\n"
    )


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def packaged(name: str) -> str:
    """Return the version of a Debian package."""
    return said("dpkg-query", "-W", "-f", "${Version}", name) if shutil.which("dpkg-query") else ""


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


if __name__ == "__main__":
    sys.exit(main())
