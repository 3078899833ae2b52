"""fsck.fat and mtools agree with us about the same bytes.

A developer may not have them, then these tests are skipped. Where the environment says
CI=true they fail instead: a witness that never speaks is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minios.disk import SectorsOfBuffer, SparseSectors, Volume, find_damage, make_image
from minios.disk.image import format_volume

pytestmark = pytest.mark.witness

FILES = {
    "/SYSTEM/SERVICES.INI": b"[init]\n",
    "/SYSTEM/CONTENT/C-000291.SYS": bytes(range(256)) * 40,
    "/EMPTY": b"",
}


def call_witness(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program and return what it said; skip if it is not installed."""
    # fsck.fat is an administrator's program, which is not on everybody's path.
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    found = shutil.which(program, path=search)
    if found is None:
        pytest.skip(f"{program} is not installed (packages dosfstools and mtools)")
    return subprocess.run([found, *arguments], capture_output=True, check=False)


def assert_sound(image: bytes, folder: Path) -> None:
    """fsck.fat finds nothing to complain of."""
    path = folder / "disk.img"
    path.write_bytes(image)
    answer = call_witness("fsck.fat", "-n", str(path))
    assert answer.returncode == 0, answer.stdout.decode() + answer.stderr.decode()


def test_fsck_finds_a_fresh_image_clean(tmp_path: Path) -> None:
    """With and without files."""
    assert_sound(make_image({}), tmp_path)
    assert_sound(make_image(FILES, directories=["/TEMP"]), tmp_path)


def test_mtools_reads_what_was_written(tmp_path: Path) -> None:
    """The same bytes, the same label, the same date."""
    path = tmp_path / "disk.img"
    path.write_bytes(make_image(FILES))

    for name, data in FILES.items():
        answer = call_witness("mtype", "-i", str(path), f"::{name}")
        assert (answer.returncode, answer.stdout) == (0, data)
    listing = call_witness("mdir", "-/", "-i", str(path), "::").stdout.decode()
    assert "Volume in drive : is MINIOS" in listing
    assert "SERVICES INI         7 2024-07-19   4:09" in listing


def test_we_read_what_mtools_wrote(tmp_path: Path) -> None:
    """Also past the long names that it leaves in the directory."""
    path = tmp_path / "disk.img"
    path.write_bytes(make_image({"/DIR/A.TXT": b"a"}))
    for name in ("short.txt", "a name that is long.text"):
        (tmp_path / name).write_bytes(name.encode() * 500)
        source = str(tmp_path / name)
        answer = call_witness("mcopy", "-i", str(path), source, "::/DIR")
        assert answer.returncode == 0, answer.stderr
    volume = Volume(SectorsOfBuffer(path.read_bytes()))

    assert volume.read("/DIR/SHORT.TXT") == b"short.txt" * 500
    sizes = [entry.size for entry in volume.list("/DIR")]
    assert sizes == [1, 9 * 500, 24 * 500]


def test_fsck_agrees_with_the_survey_about_damage(tmp_path: Path) -> None:
    """A cluster that two files claim is seen by both."""
    image = bytearray(make_image({"/A.BIN": b"a" * 3000, "/B.BIN": b"b" * 3000}))
    root = 168 * 512
    image[root + 64 + 26] = image[root + 32 + 26]
    path = tmp_path / "disk.img"
    path.write_bytes(image)

    assert call_witness("fsck.fat", "-n", str(path)).returncode == 1
    assert any("belongs to" in line for line in find_damage(SectorsOfBuffer(image)))


NAMES = st.sampled_from(["/A", "/B.TXT", "/D/A", "/D/LONGNAME.EXT", "/D/E/X-1.SYS"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, st.integers(0, 9000)),
        st.tuples(st.just("delete"), NAMES, st.just(0)),
    ),
    max_size=20,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_any_history_leaves_the_files_a_dictionary_would(
    tmp_path: Path, steps: list[tuple[str, str, int]]
) -> None:
    """A dictionary is the oracle for the contents, fsck.fat for the structures."""
    sectors = SparseSectors()
    volume = format_volume(sectors)
    volume.make_directory("/D")
    volume.make_directory("/D/E")
    expected: dict[str, bytes] = {}
    for number, (verb, path, size) in enumerate(steps):
        if verb == "write":
            expected[path] = bytes([number]) * size
            volume.write(path, expected[path])
        elif path in expected:
            del expected[path]
            volume.delete(path)

    files = [entry.path for entry in volume.walk() if not entry.is_directory]
    assert {path: volume.read(path) for path in files} == expected
    assert find_damage(sectors) == ()
    assert_sound(sectors.to_bytes(), tmp_path)
