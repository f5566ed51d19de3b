"""The wheel's own command; what it builds is tried by `dev/wheel`."""

from __future__ import annotations

from pathlib import Path

import pytest

from packing.__main__ import _made
from packing.build import PackingError


def test_the_wheels_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "where"
    assert _made(str(folder)).is_dir()
    assert _made(str(folder)) == folder


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(PackingError, match=str(file)):
        _made(str(file))
