"""A folder is one program's at a time, and nobody's when that program has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from evalkit._util.atomic import put_in_place
from evalkit._util.lock import exclusive
from evalkit.errors import OutputError
from tests.support.processes.races import at_once

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no lock on folders")


def test_one_has_it_at_a_time(tmp_path):
    with exclusive(tmp_path / "model") as first:
        with exclusive(tmp_path / "model") as second:
            assert (first, second) == (True, False)
        assert (tmp_path / "model").is_dir()  # whoever does not have it does not remove it
    with exclusive(tmp_path / "model") as third:
        assert third
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_it_stays(tmp_path):
    with exclusive(tmp_path / "model"):
        (tmp_path / "model" / "file").write_text("")
    assert (tmp_path / "model" / "file").exists()


def test_a_killed_program_has_it_no_more(tmp_path):
    code = f"from pathlib import Path; from evalkit._util.lock import exclusive\nwith exclusive(Path({str(tmp_path)!r})) as free: print(free, flush=True); input()"
    program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "True\n"
    with exclusive(tmp_path) as free:
        assert not free
    program.kill()
    program.communicate()
    with exclusive(tmp_path) as free:
        assert free


def test_of_many_who_ask_at_once_one_has_it(tmp_path):
    def ask():
        with exclusive(tmp_path) as free:
            barrier.wait()
            return free

    barrier = threading.Barrier(6)
    assert sum(at_once(*[ask] * 6)) == 1


def test_the_folder_that_replaced_it_is_free(tmp_path):
    with exclusive(tmp_path / "model"):
        (tmp_path / "model" / "file").write_text("")
        (tmp_path / "draft").mkdir()
        (tmp_path / "draft" / "file").write_text("")
        put_in_place(tmp_path / "draft", tmp_path / "model")
        with exclusive(tmp_path / "model") as free:
            assert free


def test_a_file_in_its_place_is_one_clear_error(tmp_path):
    (tmp_path / "model").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), exclusive(tmp_path / "model"):
        pytest.fail("it was held")
