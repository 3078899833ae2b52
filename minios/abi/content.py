"""The channel file: what a sensor is told to look for.

Our own format, little-endian:

    0            4         6         8         12          16      20     24
    +------------+---------+---------+---------+-----------+-------+------+----------+
    | "MCHN"     | format  | channel | version | instances | size  | crc  | reserved |
    +------------+---------+---------+---------+-----------+-------+------+----------+
    32  instance, instance, ... each a multiple of 8 bytes:

    0       4       6         8              16       20         24
    +-------+-------+---------+--------------+--------+----------+------------------+
    | size  | type  | fields  | detection id | action | reserved | criteria[fields] |
    +-------+-------+---------+--------------+--------+----------+------------------+
    then the texts of the criteria.

    criterion:  0      1          2        4                        8
                +------+----------+--------+------------------------+
                | kind | reserved | length | offset in the instance |
                +------+----------+--------+------------------------+

`size` counts the whole file (header) or the whole instance; `crc` is the CRC-32
(IEEE 802.3, as zlib's) of everything after the header. A text ends with a NUL that
`length` does not count.

The definitions say how many fields each template type has. For IPC that is 21. The
sensor's own code supplies 20 of them: that difference is the fault of channel file 291
(CrowdStrike, External Technical Root Cause Analysis, 6 August 2024). For processes and
files the sensor supplies all that is declared: its compiler compares the two numbers.

An instance for processes or files may *block*: the kernel asks the sensor before a
program begins or a file is opened or changed (`security_events.py`), and the sensor
denies it. An instance for named pipes can only report, because the sensor is told of
pipes afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAGIC: Final = b"MCHN"
FORMAT_VERSION: Final = 1
HEADER_SIZE: Final = 32
CHECKSUM_OFFSET: Final = 20
INSTANCE_HEADER_SIZE: Final = 24
CRITERION_SIZE: Final = 8
MAXIMUM_FILE_SIZE: Final = 32 << 10
MAXIMUM_INSTANCES: Final = 64
MAXIMUM_TEXT: Final = 255

CHANNEL_FILE_NAME: Final = "C-000291.SYS"
CHANNEL_NUMBER: Final = 291

IPC_INPUTS_SUPPLIED: Final = 20
"""How many inputs the sensor's code passes to the interpreter."""


@dataclass(frozen=True, slots=True)
class TemplateType:
    """A template type, as the definitions file declares it."""

    number: int
    name: str
    fields: tuple[str, ...]
    can_block: bool = False


IPC: Final = TemplateType(
    1,
    "ipc",
    (
        "operation",
        "pipe_name",
        "process_name",
        "process_id",
        "thread_id",
        "parent_name",
        "parent_id",
        "server_name",
        "server_id",
        "ring",
        "rights",
        "open_count",
        "bytes_waiting",
        "sequence",
        "uptime_seconds",
        "model",
        "channel",
        "sensor_version",
        "content_version",
        "instance_count",
        "correlation",  # the 21st field: declared here, but never supplied
    ),
)

_ACTOR: Final = (
    "process_name",
    "process_id",
    "thread_id",
    "parent_name",
    "parent_id",
    "ring",
    "rights",
    "sequence",
    "uptime_seconds",
    "model",
)
"""Who wants to do it, and when: the last fields of the two types below."""

PROCESS: Final = TemplateType(
    2,
    "process",
    (
        "operation",  # exec
        "program_path",  # of the program that is to begin
        "program_name",
        "program_rights",
        *_ACTOR,
    ),
    can_block=True,
)

FILE: Final = TemplateType(
    3,
    "file",
    (
        "operation",  # open, create, truncate, delete, rename, clone, setflags, utimes
        "path",
        "new_path",  # of rename and clone; otherwise empty
        "access",  # to `path`: read if it is cloned or opened for reading, or write
        "size",  # of the file in bytes, before the operation; 0 if there are two paths
        *_ACTOR,
    ),
    can_block=True,
)

TEMPLATE_TYPES: Final = (IPC, PROCESS, FILE)
BY_NAME: Final = {template.name: template for template in TEMPLATE_TYPES}
BY_NUMBER: Final = {template.number: template for template in TEMPLATE_TYPES}
