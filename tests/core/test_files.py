"""Tests of avila_sci.core.files: whole or not at all."""

import pytest

from avila_sci.core.files import replace


def test_a_file_is_written_and_replaced(tmp_path):
    path = replace(tmp_path / "ü é.bin", [b"old"])
    assert replace(str(path), [b"n", b"ew"]).read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["ü é.bin"]
    other = tmp_path / "plain"
    other.write_bytes(b"")
    assert path.stat().st_mode == other.stat().st_mode


def test_what_stood_there_stays_when_writing_fails(tmp_path):
    path = replace(tmp_path / "a", [b"old"])

    def parts():
        yield b"half"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        replace(path, parts())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_places_where_nothing_can_be_written(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder .*nowhere does not exist"):
        replace(tmp_path / "nowhere" / "a", [b""])
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="must be a folder"):
        replace(tmp_path / "file" / "a", [b""])
    with pytest.raises(IsADirectoryError, match="is a folder"):
        replace(tmp_path, [b""])
