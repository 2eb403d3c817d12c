"""The folder of published files."""

from __future__ import annotations

import fcntl
import gzip
import resource
from pathlib import Path
from threading import Event, Thread

import pytest

from feedhub.errors import StoreError
from feedhub.folder import PublicFolder
from feedhub.model import Document, etag_of
from tests.times import NOW


def document(path: str, body: bytes = b"<feed/>") -> Document:
    return Document(path, body, "application/atom+xml", etag_of(body), NOW)


def test_a_document_lies_there_whole_with_its_gzip(tmp_path: Path) -> None:
    """The bytes, the same bytes compressed, and the time of the newest change."""
    folder = PublicFolder(tmp_path)
    folder.write(document("tag/python.atom"))
    file = tmp_path / "tag" / "python.atom"
    assert file.read_bytes() == b"<feed/>"
    assert gzip.decompress((tmp_path / "tag" / "python.atom.gz").read_bytes()) == b"<feed/>"
    assert file.stat().st_mtime == NOW.timestamp()


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The gzip holds no time of day."""
    folder = PublicFolder(tmp_path)
    folder.write(document("all.rss"))
    first = (tmp_path / "all.rss.gz").read_bytes()
    folder.write(document("all.rss"))
    assert (tmp_path / "all.rss.gz").read_bytes() == first


def test_private_documents_are_their_owners_alone(tmp_path: Path) -> None:
    """Whoever else has an account on the machine does not get into their folder."""
    PublicFolder(tmp_path / "data" / "private", private=True).write(document("all.rss"))
    assert (tmp_path / "data" / "private").stat().st_mode & 0o777 == 0o700


def test_holds_knows_damage(tmp_path: Path) -> None:
    """A missing, cut or foreign file is not the document."""
    folder = PublicFolder(tmp_path)
    one = document("all.atom")
    assert not folder.holds(one.path, one.etag)
    folder.write(one)
    assert folder.holds(one.path, one.etag)
    (tmp_path / "all.atom").write_bytes(b"<fee")
    assert not folder.holds(one.path, one.etag)


def test_keep_only_removes_the_rest(tmp_path: Path) -> None:
    """Outputs that are gone and leftovers of an interrupted write disappear, empty folders too."""
    folder = PublicFolder(tmp_path)
    for path in ("all.atom", "tag/old.atom", "category/news.atom"):
        folder.write(document(path))
    (tmp_path / ".all.atom.99.tmp").write_bytes(b"half")
    removed = folder.keep_only(lambda: {"all.atom", "category/news.atom"})
    assert sorted(removed) == ["tag/old.atom", "tag/old.atom.gz"]
    files = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())
    assert files == ["all.atom", "all.atom.gz", "category/news.atom", "category/news.atom.gz"]
    assert not (tmp_path / "tag").exists()


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """What cannot be written is named with the reason; the file that is there stays as it was."""
    folder = PublicFolder(tmp_path)
    folder.write(document("all.rss"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot write .*all\.rss: File too large; is the disk full\?"):
            folder.write(document("all.rss", bytes(range(250)) * 16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["all.rss", "all.rss.gz"]
    assert (tmp_path / "all.rss").read_bytes() == b"<feed/>"


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    """A second daemon that starts while the first one publishes does not take the file from under it."""
    half = tmp_path / ".all.atom.99.tmp"
    with half.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        PublicFolder(tmp_path).keep_only(set)
        assert half.exists()
    PublicFolder(tmp_path).keep_only(set)
    assert not half.exists()


@pytest.mark.parametrize("path", ["../evil.atom", "tag/../../evil", "/etc/evil", "", "."])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    """Whatever a path says, the file lies in the folder or is not written."""
    with pytest.raises(StoreError):
        PublicFolder(tmp_path / "public").write(document(path))
    assert not list(tmp_path.rglob("evil*"))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link in the published folder does not lead a write out of it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "tag").symlink_to(outside)
    with pytest.raises(StoreError):
        PublicFolder(tmp_path / "public").write(document("tag/python.atom"))
    assert not list(outside.iterdir())


def test_two_processes_leave_each_other_alone(tmp_path: Path) -> None:
    """What one is writing is not taken by another for what an interrupted write has left."""
    folder, ended = PublicFolder(tmp_path), Event()
    paths = [f"tag/t{number}.atom" for number in range(20)]

    def sweep() -> None:
        while not ended.is_set():
            PublicFolder(tmp_path).keep_only(lambda: paths)

    sweepers = [Thread(target=sweep) for _ in range(2)]
    for one in sweepers:
        one.start()
    try:
        for _ in range(3):
            folder.write(*map(document, paths))
    finally:
        ended.set()
        for one in sweepers:
            one.join()
    assert len(list(tmp_path.rglob("*.atom"))) == 20
    assert not list(tmp_path.rglob("*.tmp"))
