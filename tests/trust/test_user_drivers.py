"""A driver in ring 3 gets what was granted to it, and not one port more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from minios.abi import errors, structures
from minios.abi.plugins import Kind
from minios.image import plugins
from minios.image.plugins import BuiltPlugin
from minios.lab import Death, Happened, Lab, LabSnapshot, Restart, events, seconds
from tests.trust import probe

MANIFEST: Final = """\
name = "lamps"
version = "1.0"
license = "MIT"
description = "does with its device what a message says"
kinds = ["driver", "user_driver"]
rights = ["DEVICE"]
ports = [0x5f0, 0x5f3]
interrupts = [14]
quiesce = [0x5f2, 0x80]
"""
# It has the name of the lamps' driver, so the program `lamps` brings it messages.
SOURCE: Final = """\
#include <minios/plugin.h>

static long call(long number, uint64_t a, uint64_t b)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b)
                     : "rcx", "r11", "memory");
    return result;
}

static uint64_t number_in(const char *text)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

static long obey(char what, uint64_t number)
{
    uint16_t word;
    switch (what) {
    case 'r':
        return plugin_in8((uint16_t)number);
    case 'w':
        plugin_out8((uint16_t)number, 0);
        return 0;
    case 'W':
        __asm__ volatile("inw %w1, %w0" : "=a"(word) : "d"(number));
        return word;
    case 'c':  // its inbox is handle 2
        return call(SYSCALL_INTERRUPT_CONNECT, 2, number);
    case 'b':  // no port of its own
        return call(SYSCALL_INTERRUPT_CONNECT, number, 14);
    case 'f':  // serves nothing and reads nothing, but says that it has
        plugin_out8(0x5f2, 3);  // the device has power and may interrupt
        plugin_out8(0x5f3, 1);
        plugin_sleep(10000000);
        for (uint64_t i = 0; i < number; i++) {
            if (i % 10 == 0) {
                (void)call(SYSCALL_INTERRUPT_DISCONNECT, 14, 0);
                (void)call(SYSCALL_INTERRUPT_CONNECT, 2, 14);
            }
            plugin_out8(0x5f1, 0);  // the line falls and rises
            (void)call(SYSCALL_INTERRUPT_DONE, 14, 0);
        }
        return 0;
    case 'd':
        return call(SYSCALL_INTERRUPT_DONE, number, 0);
    default:
        return call(SYSCALL_INTERRUPT_DISCONNECT, number, 0);
    }
}

static int start(void)
{
    return 0;
}

static void message(const struct message *message, struct message *answer)
{
    const char *text = (const char *)message->body;
    int used = plugin_format((char *)answer->body + 8, 60, "gives %ld",
                             obey(text[0], number_in(text + 2)));
    answer->size = 8 + (uint32_t)used + 1;
}

const struct plugin plugin = {.name = "lamps", .start = start, .message = message};
"""
READER: Final = """
static int probe_start(void)
{
    return plugin_in8(0x5f0);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
ELSEWHERE: Final = "/SYSTEM/EXTENS/LAMPS.DRV"
LISTED: Final = "lamps.drv user_driver /SYSTEM/USERDRV/LAMPS.DRV auto normal {}"
DRIVER: Final = "lamps.sys driver /SYSTEM/DRIVERS/LAMPS.SYS system normal -"
GP: Final = 13
_ERROR: Final = {name: f"gives {-number}" for name, number, _ in errors.ERRORS}


@pytest.fixture(scope="module", name="built")
def build(tmp_path_factory: pytest.TempPathFactory) -> BuiltPlugin:
    """The driver that does what it is told."""
    folder = tmp_path_factory.mktemp("lamps")
    (folder / "plugin.toml").write_text(MANIFEST, "utf-8")
    (folder / "lamps.c").write_text(SOURCE, "utf-8")
    return plugins.build(folder)


@pytest.fixture(scope="module", name="files")
def files_of(built: BuiltPlugin) -> Mapping[str, bytes]:
    """Its images, by their paths on the guest's disk."""
    return {f"/{image.on_disk}": image.bare for image in built.images}


@pytest.fixture(scope="module", name="booted")
def boot(files: Mapping[str, bytes]) -> Iterator[tuple[Lab, LabSnapshot]]:
    """A machine with this driver in ring 3."""
    disk = probe.disk_with(files, LISTED.format("device"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        yield lab, lab.snapshot()


@pytest.fixture(name="lab")
def ready(booted: tuple[Lab, LabSnapshot]) -> Lab:
    """The machine as it was after its boot."""
    lab, snapshot = booted
    lab.restore(snapshot)
    return lab


@pytest.mark.parametrize(
    "words", [f"r {0x5F0}", f"r {0x5F3}", f"w {0x5F2}", f"W {0x5F0}", f"W {0x5F2}"]
)
def test_granted_ports_can_be_used(lab: Lab, words: str) -> None:
    """Bytes, and words that lie in the grant as a whole."""
    assert "gives" in lab.console(f"run lamps {words}")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(f"r {0x5F4}", id="behind the grant"),
        pytest.param(f"w {0x5F7}", id="of the same device"),
        pytest.param(f"r {0x5EF}", id="before the grant"),
        pytest.param(f"W {0x5F3}", id="a word across the end"),
        pytest.param(f"W {0x5EF}", id="a word across the beginning"),
        pytest.param(f"w {0x21}", id="interrupt controller"),
        pytest.param(f"w {0xCF9}", id="reset"),
        pytest.param(f"r {0x3F8}", id="console"),
        pytest.param(f"w {0x5E0}", id="beacon"),
        pytest.param(f"r {0xFFFF}", id="the last port"),
        pytest.param(f"W {0xFFFF}", id="across the last port"),
    ],
)
def test_at_any_other_port_the_driver_dies_alone(lab: Lab, words: str) -> None:
    """The CPU raises #GP. The supervisor starts it again, nobody else has noticed."""
    lab.type(f"run lamps {words}\r")
    death = lab.run_until(Death("lamps.drv"), within=seconds(1))
    lab.run_until(Restart(1), within=seconds(1))
    lab.run_for(seconds(1))

    assert death.vector == GP
    assert len(lab.all(events.DeathEvent)) == 1
    assert "gives 76" in lab.console(f"run lamps r {0x5F0}")  # 0x4c, the device's ID


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("c 14", "gives 0"),
        ("c 0", _ERROR["NOT_PERMITTED"]),
        ("c 200", _ERROR["NOT_PERMITTED"]),
        ("b 9", _ERROR["BAD_HANDLE"]),
        ("d 14", _ERROR["NOT_FOUND"]),
        ("d 4000000000", _ERROR["NOT_FOUND"]),
        ("x 14", _ERROR["NOT_FOUND"]),
        ("x 0", _ERROR["NOT_FOUND"]),
    ],
)
def test_only_the_granted_line_can_be_connected(
    lab: Lab, words: str, answer: str
) -> None:
    """Not the timer, nor what is no line; and what is not connected has no end."""
    assert answer in lab.console(f"run lamps {words}")


def test_a_line_is_connected_once(lab: Lab) -> None:
    """And again after it was disconnected."""
    answers = [lab.console(f"run lamps {it} 14") for it in ("c", "c", "d", "x", "c")]

    assert [it.split("lamps: ")[1].split("\n")[0].strip() for it in answers] == [
        "gives 0",
        _ERROR["EXISTS"],
        "gives 0",
        "gives 0",
        "gives 0",
    ]


def test_a_driver_that_reads_no_interrupt_is_spoken_of_once(lab: Lab) -> None:
    """Though it says each time that it is done, and connects the line anew."""
    assert "gives 0" in lab.console("run lamps f 300")
    assert lab.console_text.count("nobody hears IRQ 14") == 1


def test_the_map_of_ports_belongs_to_one_process(files: Mapping[str, bytes]) -> None:
    """Another process cannot use the driver's ports, even right after it has run."""
    whole = {**probe.built(READER), **files}
    services = (LISTED.format("device"), probe.EXTENSION.format("device"))
    with probe.machine("macos", probe.disk_with(whole, *services)) as lab:
        death = lab.run_until(Death("probe.ext"), within=seconds(5))

        assert death.vector == GP
        assert "gives 76" in lab.console(f"run lamps r {0x5F0}")


def test_ring_0_needs_no_grant(files: Mapping[str, bytes]) -> None:
    """The same code as a driver: its manifest names four ports, it uses all."""
    with probe.machine("windows", probe.disk_with(files, DRIVER)) as lab:
        lab.boot()

        assert "gives" in lab.console(f"run lamps r {0x5F4}")
        assert "gives" in lab.console(f"run lamps r {0x21}")
        assert not lab.all(events.BugcheckEvent)


def changed(files: Mapping[str, bytes], **members: int) -> Mapping[str, bytes]:
    """The driver with another grant in its note: somebody has changed the file."""
    path = Kind.USER_DRIVER.path("lamps")
    image = bytearray(files[path])
    grant = structures.DEVICE_GRANT
    start = image.index(b"minios\0\0") - structures.PLUGIN_MANIFEST.offset("owner")
    start += structures.PLUGIN_MANIFEST.offset("device")
    place = slice(start, start + grant.size)
    image[place] = grant.pack(**{**grant.unpack(bytes(image[place])), **members})
    return {**files, path: bytes(image)}


@pytest.mark.parametrize(
    "members",
    [
        {"first_port": 0x20, "port_count": 2, "quiesce_port": 0},
        {"first_port": 0x5F1, "port_count": 8},
        {"first_port": 0xFFFF, "port_count": 255},
        {"lines": 1 << 14 | 1},
        {"quiesce_port": 4},
        {"port_count": 0},
    ],
    ids=str,
)
def test_the_kernel_grants_a_device_of_the_board_or_nothing(
    files: Mapping[str, bytes], members: dict[str, int]
) -> None:
    """The build refuses such a manifest; the kernel does not believe the build."""
    disk = probe.disk_with(changed(files, **members), LISTED.format("device"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        (failed,) = lab.all(events.ServiceFailed)

        assert failed.error == "the caller lacks the right for this call"


@pytest.mark.parametrize(
    ("model", "services", "error"),
    [
        pytest.param(
            "macos",
            [LISTED.format("-")],
            "the caller lacks the right for this call",
            id="the list does not grant it",
        ),
        pytest.param(
            "macos",
            [f"lamps.drv extension {ELSEWHERE} auto normal device"],
            "the caller lacks the right for this call",
            id="as an extension",
        ),
        pytest.param(
            "windows",
            [DRIVER, LISTED.format("device")],
            "another driver has this device",
            id="a driver in ring 0 has it",
        ),
        pytest.param(
            "windows",
            [DRIVER.replace("system", "auto"), LISTED.format("device")],
            "another driver has this device",
            id="a driver in ring 3 has it",
        ),
    ],
)
def test_a_device_is_granted_by_the_list_and_to_one_driver(
    files: Mapping[str, bytes],
    model: str,
    services: list[str],
    error: str,
) -> None:
    """Whoever comes second does not start, in either ring."""
    copy = {ELSEWHERE: files["/SYSTEM/USERDRV/LAMPS.DRV"]}
    disk = probe.disk_with({**files, **copy}, *services)
    with probe.machine(model, disk) as lab:
        lab.boot()
        (failed,) = lab.all(events.ServiceFailed)

        assert failed.error == error


def test_a_model_may_take_no_user_drivers(files: Mapping[str, bytes]) -> None:
    """Then it is refused before anything is loaded."""
    disk = probe.disk_with(files, LISTED.format("device"))
    with probe.machine("macos", disk, {"plugins": "extension"}) as lab:
        refused = lab.run_until(
            Happened(events.PluginRefused, name="lamps.drv"), within=seconds(1)
        )
        lab.run_until(Happened(events.ReadyEvent), within=seconds(5))

        assert refused.name == "lamps.drv"
        assert "lamps: no such" in lab.console(f"run lamps r {0x5F0}")
