"""A plugin is held to its manifest: what plugin.toml does not name is refused."""

from __future__ import annotations

import pytest

from minios.abi import policies, structures
from minios.abi.errors import BY_NAME as ERRORS
from minios.abi.plugins import Kind
from minios.image import manifest, recipe
from minios.lab import Lab, events, milliseconds
from tests.trust import probe

SUBSCRIBES = """
static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_PIPE_OPEN, EVENT_PIPE_CLOSE};
    plugin_log("open %d", plugin_subscribe(&types[0], 1));
    plugin_log("close %d", plugin_subscribe(&types[1], 1));
    plugin_log("both %d", plugin_subscribe(types, 2));
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
ASKS_FOR_WHAT_IS_NOT = """
static int probe_start(void)
{
    static const uint32_t none[] = {EVENT_COUNT, EVENT_COUNT + 1, 254, 255, 256,
                                    1U << 31, UINT32_MAX};
    static const uint32_t many[EVENT_COUNT + 1] = {EVENT_PIPE_CREATE};
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        const uint32_t both[] = {EVENT_PIPE_OPEN, none[i]};
        plugin_log("%u %d", none[i], plugin_subscribe(both, 2));
    }
    plugin_log("many %d", plugin_subscribe(many, EVENT_COUNT + 1));
    plugin_log("all %d", plugin_subscribe(many, EVENT_COUNT));
    plugin_log("none %d", plugin_subscribe(many, 0));
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
STARTS_ANOTHER = """
static int probe_start(void)
{
    static const struct spawn request = {.path = "/BIN/WORKLOAD"};
    plugin_log("spawn %d", call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0) > 0);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
NOT_ENTITLED = -ERRORS["NOT_ENTITLED"]
NOT_PERMITTED = -ERRORS["NOT_PERMITTED"]
PLACES = [
    ("macos", probe.EXTENSION.format("spawn,events,report")),
    ("windows", probe.DRIVER.format("system")),
]


NOT_IN_THE_LIST = "the right {}, which the service list does not grant"
REFUSED = "refused "
EVENTS = "events that its manifest does not name"


def answers(lab: Lab) -> list[str]:
    """What the probe says once everything is up."""
    lab.boot()
    lab.run_for(milliseconds(50))
    lines = probe.said(lab)
    return [it for it in lines if not it.startswith(("loaded", REFUSED))]


def refusals(lab: Lab) -> list[str]:
    """What it was refused, as the console has it; the records say the same."""
    told = [it for it in probe.said(lab) if it.startswith(REFUSED)]
    recorded = [it.what for it in lab.all(events.PluginLimited)]
    assert told == [f"{REFUSED}{it}" for it in recorded]
    return recorded


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_events_that_the_manifest_does_not_name_are_refused(
    model: str, service: str
) -> None:
    """In both rings, also when they are asked for together with others."""
    files = probe.built(SUBSCRIBES, events=("PIPE_OPEN",), rights=("EVENTS",))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        assert answers(lab) == [
            "open 0",
            f"close {NOT_ENTITLED}",
            f"both {NOT_ENTITLED}",
        ]
        assert refusals(lab)[-1:] == [EVENTS]


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_a_type_of_event_that_does_not_exist_is_refused(
    model: str, service: str
) -> None:
    """Also if its bit would lie outside of a set. The list may not be too long."""
    names = ("PIPE_CREATE", "PIPE_OPEN")
    files = probe.built(ASKS_FOR_WHAT_IS_NOT, events=names, rights=("EVENTS",))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        said = [it.split() for it in answers(lab)]

    assert [it[0] for it in said[-3:]] == ["many", "all", "none"]
    assert [int(it[1]) for it in said] == [-ERRORS["BAD_ARGUMENT"]] * 8 + [0, 0]


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_no_events_without_the_right_in_the_manifest(model: str, service: str) -> None:
    """The service list grants it; the plugin has not asked for it."""
    files = probe.built(SUBSCRIBES, events=("PIPE_OPEN", "PIPE_CLOSE"))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        assert {it.split()[1] for it in answers(lab)} == {str(NOT_ENTITLED)}
        assert "the right EVENTS" in refusals(lab)


@pytest.mark.parametrize(
    ("rights", "started", "refused"),
    [(("SPAWN",), 1, []), ((), 0, ["the right SPAWN"])],
)
def test_a_right_of_the_list_is_no_right_without_the_manifest(
    rights: tuple[str, ...], started: int, refused: list[str]
) -> None:
    """Both have to name it. What the list grants in vain is told at the start."""
    files = probe.built(STARTS_ANOTHER, rights=rights)
    disk = probe.disk_with(files, probe.EXTENSION.format("spawn"))
    with probe.machine("macos", disk) as lab:
        assert answers(lab) == [f"spawn {started}"]
        assert refusals(lab) == refused


def test_a_right_of_the_manifest_is_no_right_without_the_list() -> None:
    """It is refused at the call."""
    files = probe.built(STARTS_ANOTHER, rights=("SPAWN",))
    disk = probe.disk_with(files, probe.EXTENSION.format("-"))
    with probe.machine("macos", disk) as lab:
        assert answers(lab) == ["spawn 0"]
        assert refusals(lab) == [NOT_IN_THE_LIST.format("SPAWN")]


def test_no_events_without_the_right_in_the_list() -> None:
    """Another error than without the right in the manifest, and another sentence."""
    names = ("PIPE_OPEN", "PIPE_CLOSE")
    files = probe.built(SUBSCRIBES, events=names, rights=("EVENTS",))
    disk = probe.disk_with(files, probe.EXTENSION.format("-"))
    with probe.machine("macos", disk) as lab:
        assert {it.split()[1] for it in answers(lab)} == {str(NOT_PERMITTED)}
        assert refusals(lab) == [NOT_IN_THE_LIST.format("EVENTS")]


FILLS_THE_TABLE = """
static int probe_start(void)
{
    static const uint32_t type = EVENT_PIPE_OPEN;
    static char name[] = "port-a";
    int own = plugin_subscribe(&type, 1);
    for (int i = 0; own == 0 && i < EVENT_CLIENTS_LIMIT; i++, name[5]++) {
        long port = call(SYSCALL_PORT_CREATE, (uint64_t)name, 0, 0);
        long status = call(SYSCALL_EVENT_SUBSCRIBE, (uint64_t)port, (uint64_t)&type, 1);
        if (status < 0) {
            plugin_log("subscribed %d", (int)status);
            break;
        }
    }
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def test_no_events_without_a_place_for_one_more_client() -> None:
    """The sensor and two others have one each, the probe takes the others."""
    files = probe.built(FILLS_THE_TABLE, events=("PIPE_OPEN",), rights=("EVENTS",))
    others = (
        f"{name}.ext extension /SYSTEM/EXTENS/{name.upper()}.EXT auto normal "
        "events,report"
        for name in ("guard", "counter")
    )
    disk = probe.disk_with(files, *others, probe.EXTENSION.format("events"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        assert f"subscribed {-ERRORS['NO_SLOT']}" in probe.said(lab)
        assert "security events: there are too many clients" in refusals(lab)


ASKS_AGAIN = """
static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_PIPE_OPEN};
    for (int i = 0; i < 100; i++) {
        (void)plugin_subscribe(types, 1);
        plugin_report_value("asked", (uint64_t)i);
    }
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.mark.parametrize(
    ("model", "service"),
    [("macos", probe.EXTENSION.format("-")), ("windows", PLACES[1][1])],
)
def test_who_asks_again_and_again_is_told_of_once(model: str, service: str) -> None:
    """Else a plugin could flood the console and whoever reads the records."""
    disk = probe.disk_with(probe.built(ASKS_AGAIN), service)
    with probe.machine(model, disk) as lab:
        lab.boot()

        assert sorted(set(refusals(lab))) == sorted(refusals(lab))
        assert {"the right EVENTS", "the right REPORT"} <= set(refusals(lab))


@pytest.mark.parametrize(("model", "service"), PLACES)
def test_a_plugin_runs_only_as_a_kind_that_its_manifest_names(
    model: str, service: str
) -> None:
    """Somebody has written another kind into the image's note."""
    kind = policies.BY_NAME[model].kinds[0]
    files = dict(probe.built(SUBSCRIBES, events=("PIPE_OPEN",), rights=("EVENTS",)))
    path = kind.path("probe")
    written = manifest.Manifest("probe", "1", "", "", (Kind.DRIVER, Kind.EXTENSION))
    note = structures.PLUGIN_MANIFEST
    all_kinds = written.kind_mask.to_bytes(4, "little")
    at = files[path].index(b"minios\0\0") - note.offset("owner")
    place = slice(at + note.offset("kinds"), at + note.offset("kinds") + 4)
    assert files[path][place] == all_kinds
    others = (written.kind_mask & ~(1 << kind.row.number)).to_bytes(4, "little")
    image = bytearray(files[path])
    image[place] = others
    files[path] = bytes(image)
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        lab.boot()
        (refused,) = lab.all(events.PluginLimited)

        assert refused.name == kind.file_name("probe")
        assert (
            refused.what == "to run as a kind of plugin that its manifest does not name"
        )
        assert [it.name for it in lab.all(events.ServiceFailed)] == [refused.name]
        assert not [it for it in probe.said(lab) if it.startswith("open")]


@pytest.mark.parametrize(("model", "service"), PLACES)
@pytest.mark.parametrize("field", ["type", "value_size", "owner"])
def test_a_plugin_with_a_note_of_somebody_else_does_not_run(
    model: str, service: str, field: str
) -> None:
    """The note is of another type, too short, or of another owner."""
    kind = policies.BY_NAME[model].kinds[0]
    files = dict(probe.built(SUBSCRIBES, events=("PIPE_OPEN",), rights=("EVENTS",)))
    note = structures.PLUGIN_MANIFEST
    image = bytearray(files[kind.path("probe")])
    start = image.index(b"minios\0\0") - note.offset("owner")
    image[start + note.offset(field)] ^= 4
    files[kind.path("probe")] = bytes(image)
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        lab.boot()
        (refused,) = lab.all(events.PluginLimited)

        assert refused.what.startswith("to run as a kind of plugin")
        assert [it.name for it in lab.all(events.ServiceFailed)] == [refused.name]
        assert not [it for it in probe.said(lab) if it.startswith("open")]


def test_the_masks_are_those_of_the_names() -> None:
    """As the kernel knows them, each once."""
    counter = manifest.read(recipe.ROOT / "drivers/counter")

    assert counter.event_words == (1 << 0 | 1 << 1, 0, 0, 0)
    assert counter.right_mask == 1 << 3 | 1 << 4
    assert counter.kind_mask == 1 << 1 | 1 << 2
