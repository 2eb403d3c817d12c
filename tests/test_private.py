"""Private outputs through the real command: addresses, rotation, and what a log may hold."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from tests.command import Workplace
from tests.feeds import Item, rss
from tests.publisher import Publishers
from tests.test_command import free_port, wait_for

TOKEN = "s3cret-s3cret-s3cret"
OUTPUTS = {
    "mine": {"from": {"title": "item"}, "private": True},
    "given": {"from": {"title": "item"}, "private": True, "token": TOKEN},
    "locked": {"from": {"title": "item"}, "private": True, "auth": {"username": "me", "password": TOKEN}},
}


def test_addresses_and_rotation(tmp_path: Path, publishers: Publishers) -> None:
    """`rotate --show` tells the addresses, `rotate` makes new ones while the hub runs, and no token is
    logged, whatever is asked for."""
    work = Workplace(tmp_path)
    port = free_port()
    site = f"http://127.0.0.1:{port}/"
    config = {"feeds": [publishers.put(rss(Item("item")))], "outputs": OUTPUTS, "server": {"port": port}}
    work.configure({**config, "hub": {"url": site, "data": "data"}})
    work.run("poll")
    first = work.run("rotate", "--show", "mine").split()
    assert [address.rpartition(".")[2] for address in first] == ["atom", "rss", "json"]
    assert first == work.run("rotate", "mine", "--show").split()
    assert (tmp_path / "data" / "private" / "mine.atom").is_file()
    serving = work.start("-v", "serve", stderr=subprocess.PIPE)
    try:
        wait_for(lambda: answers(first[0]) == 200)
        second = work.run("rotate", "mine").split()
        assert [answers(address) for address in first + second] == [401] * 3 + [200] * 3
        assert answers(f"{site}private/{TOKEN}/given.json") == 200
        assert answers(f"{site}private/locked.json", auth=("me", TOKEN)) == 200
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET /private/{TOKEN}/given.atom HTTP/1.1\r\nbroken\r\n\r\n".encode())
            connection.recv(1000)
        work.file.write_text("feeds: [")
        serving.send_signal(signal.SIGHUP)
    finally:
        serving.send_signal(signal.SIGTERM)
        _, log = serving.communicate(timeout=30)
    tokens = [TOKEN, *(address.split("/")[4] for address in first + second)]
    assert "configuration not taken over" in log and not [token for token in tokens if token in log]


def answers(address: str, auth: tuple[str, str] | None = None) -> int:
    """Return the status of an answer, 0 while nobody listens."""
    try:
        return requests.get(address, auth=auth, timeout=10).status_code
    except requests.ConnectionError:
        return 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rotate", "all"), "all is public; private are: given, locked, mine"),
        (("rotate", "absent"), "absent is no output; private are: given, locked, mine"),
        (("rotate", "given"), "given is opened by a token of the configuration: change it there"),
        (("rotate", "locked"), "locked is opened by a password: change it in the configuration"),
    ],
)
def test_what_cannot_be_rotated(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """What the configuration decides is changed there, and what is public has no address of its own."""
    work = Workplace(tmp_path)
    work.configure({"feeds": ["http://127.0.0.1:9/feed"], "outputs": OUTPUTS})
    work.run(*arguments, code=1)
    assert message in work.stderr and TOKEN not in work.stderr


def test_addresses_that_the_configuration_decides(tmp_path: Path) -> None:
    """`rotate --show` tells the addresses of every private output, and whose password opens it."""
    work = Workplace(tmp_path)
    work.configure({"feeds": ["http://127.0.0.1:9/feed"], "outputs": OUTPUTS})
    assert (
        work.run("rotate", "--show", "given").split()[0] == f"https://hub.example/private/{TOKEN}/given.atom"
    )
    assert work.run("rotate", "--show", "locked").split()[0] == "https://hub.example/private/locked.atom"
    assert "Name: me" in work.stderr and TOKEN not in work.stderr
