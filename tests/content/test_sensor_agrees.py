"""The sensor's own C code, built for this host, is the witness of our Python.

Its checks must give the verdict that `minios content inspect` predicts, for any bytes;
and its interpreter must find in the committed files what they are there to find.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.abi.content import (
    HEADER_SIZE,
    IPC,
    IPC_INPUTS_SUPPLIED,
    MAXIMUM_FILE_SIZE,
)
from minios.abi.structures import PATH_SIZE
from minios.content import catalogue, check, mutate
from minios.content.encode import with_checksum
from tests import c_library

pytestmark = pytest.mark.witness

SOURCES = (
    "tests/content/sensor_host.c",
    "drivers/sentinel/content.c",
    "drivers/sentinel/interpreter.c",
)
INCLUDES = ("minios/abi/include", "drivers/sentinel")
GOOD = catalogue.load("channel-291-good")
BLOCK = catalogue.load("channel-291-block")
ORDINARY_PIPES = ("spoolss", "lsass", "wkssvc", "mojo.workload")


class Input(ctypes.Structure):
    """`struct input` of drivers/sentinel/interpreter.h."""

    _fields_ = (("length", ctypes.c_uint32), ("text", ctypes.c_char * PATH_SIZE))


class Sensor:
    """The C code of the sensor, loaded into this process."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.host_check.restype = ctypes.c_uint32
        self._library.host_check.argtypes = (ctypes.c_char_p, ctypes.c_long)
        self._library.host_match.restype = ctypes.c_uint64

    def check(self, data: bytes) -> int:
        """The verdict on a file, as a CONTENT_ number."""
        verdict = self._library.host_check(data, len(data))
        assert isinstance(verdict, int)
        return verdict

    def match(self, **inputs: str) -> int:
        """The detection id of the first instance of the last good file that matches."""
        array = (Input * IPC_INPUTS_SUPPLIED)()
        for name, text in inputs.items():
            array[IPC.fields.index(name)] = Input(len(text), text.encode())
        detection = self._library.host_match(array)
        assert isinstance(detection, int)
        return detection


@pytest.fixture(scope="module")
def sensor(tmp_path_factory: pytest.TempPathFactory) -> Sensor:
    """The sensor, built for the host."""
    target = tmp_path_factory.mktemp("sensor") / "sensor.library"
    words = [f"-I{folder}" for folder in INCLUDES]
    return Sensor(c_library.build(target, *words, sources=SOURCES))


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_the_sensor_says_what_we_predict_of_each_file(
    sensor: Sensor, name: str
) -> None:
    """Among them: it accepts the bad one."""
    data = catalogue.load(name)

    assert sensor.check(data) == check(data).number


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from((GOOD, BLOCK)),
    st.integers(0, 1 << 32),
    st.integers(0, 1 << 32),
    st.booleans(),
)
def test_the_sensor_says_what_we_predict_of_mutations(
    sensor: Sensor, data: bytes, first: int, second: int, repair: bool
) -> None:
    """Two mutations, one on top of the other, with and without a right checksum."""
    data = mutate(data, seed=first).data
    if data:
        data = mutate(data, seed=second).data
    if repair and len(data) >= HEADER_SIZE:
        data = with_checksum(data)

    assert sensor.check(data) == check(data).number


def test_the_sensor_refuses_what_is_too_large(sensor: Sensor) -> None:
    """One byte more than its buffer, and exactly as many."""
    for size in (MAXIMUM_FILE_SIZE, MAXIMUM_FILE_SIZE + 1):
        data = GOOD.ljust(size, b"\0")
        assert sensor.check(data) == check(data).number


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("channel-291-factory", (0, 0, 0, 0)),
        ("channel-291-good", (0, 0, 0, 0x1005)),
        ("channel-291-latent", (0, 0, 0, 0x1006)),
    ],
)
def test_the_sensor_finds_in_the_ordinary_workload(
    sensor: Sensor, name: str, expected: tuple[int, ...]
) -> None:
    """The four pipes of minios/user/programs/workload/, opened from ring 3."""
    assert sensor.check(catalogue.load(name)) == 0

    found = [
        sensor.match(operation="open", ring="3", pipe_name=pipe)
        for pipe in ORDINARY_PIPES
    ]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("pipe", "detection"),
    [
        ("msagent_1a", 0x1001),
        ("MSSE-1337-server", 0x1002),
        ("postex_4f2", 0x1003),
        ("status_9f", 0x1004),
        ("status_9f1", 0),
        ("MSSE-1337-serve", 0),
    ],
)
def test_the_good_file_finds_the_names_it_is_for(
    sensor: Sensor, pipe: str, detection: int
) -> None:
    """Patterns match the whole name, not a part of it."""
    assert sensor.check(GOOD) == 0

    assert sensor.match(operation="create", ring="3", pipe_name=pipe) == detection
