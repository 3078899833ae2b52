"""The three depths of an explanation: of every kind of end, from what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from minios.lab import (
    Bugcheck,
    Death,
    Explanation,
    Happened,
    Lab,
    Ready,
    causes,
    events,
    explain,
    seconds,
)
from minios.lab.crimes import CRIMES, Scene
from minios.lab.explain import brief
from minios.lab.explanation import Depth, Outcome, Section, compare
from minios.lab.gallery import Gallery

SOON = seconds(5)
IN_RING_0 = (
    "So the kernel cannot know what is still correct, and it stopped the machine: "
)
DRIVERS = (
    "A fault in ring 3 ends only one process, but the model windows lets drivers run "
    "in ring 0."
)
QUOTIENT = "The CPU raised #DE (divide error): the quotient does not exist or fit."
NO_PAGE = (
    "The page tables have no page at this address.",
    "So the CPU refused the access, and raised a page fault (#PF).",
)


def after(lab: Lab, content: str) -> Explanation:
    """Why the first machine or process ended after this content file was pushed."""
    lab.push(content)
    ends = Happened(events.BugcheckEvent, events.DeathEvent)
    return explain(lab, lab.run_until(ends, within=SOON))


@pytest.fixture(name="gallery", scope="module")
def shared_gallery() -> Iterator[Gallery]:
    """The machines on which crimes are committed."""
    with Gallery() as gallery:
        yield gallery


def of_crime(gallery: Gallery, name: str, scene: Scene) -> Explanation:
    """Why the machine or the process ended after a crime."""
    crime = next(it for it in CRIMES if it.name == name)
    lab = gallery.at_prompt(crime, scene)
    lab.type(f"{crime.command(scene)}\r")
    ends = Happened(events.BugcheckEvent, events.DeathEvent)
    event = lab.run_until(ends, within=seconds(7))
    return explain(lab, event)


# ---- The sensor.


@pytest.mark.parametrize(
    ("content", "code", "pointer"),
    [
        ("channel-291-bad", "0x50", "0xffff840500000074"),
        ("channel-291-bad-user-half", "0x7e", None),
    ],
)
def test_the_sensor_is_explained_from_the_field_to_the_ring(
    windows: Lab, macos: Lab, content: str, code: str, pointer: str | None
) -> None:
    """What both worlds share is said once, and one answer says what differs."""
    found = [("windows", after(windows, content)), ("macos", after(macos, content))]
    picture = windows.picture_of(windows.last(events.BugcheckEvent))
    assert picture is not None
    assert pointer in (None, hex(picture.registers["r10"]))
    told = compare(found)

    assert told.contrast == (
        (
            "In windows the machine stopped, because the fault was in the kernel: the "
            "driver sentinel.sys runs in ring 0, as a part of it."
        ),
        (
            "In macos the same code ran in ring 3, in the process sentinel.ext, so "
            "only that process ended."
        ),
    )
    assert told.shared.reasons == (
        "The content file asks for field 21 of a pipe event.",
        "The definitions declare 21 fields, but the sensor's code supplies only 20.",
        (
            "So the sensor read the memory behind its array, and used the value there "
            f"as an address: {picture.registers['r10']:#x}."
        ),
        "The value is not null, so the null check did not stop it.",
        *NO_PAGE,
    )
    (_, ring_0), (_, ring_3) = told.own
    assert ring_0.reasons == (
        (
            "This code ran in ring 0, in the driver sentinel.sys. All code there "
            "shares the memory of the kernel."
        ),
        f"{IN_RING_0}STOP {code}.",
    )
    assert ring_3.reasons == (
        (
            "This code ran in ring 3, in the process sentinel.ext. A process has a "
            "memory of its own."
        ),
        "So the kernel ended this process. Nothing else stopped.",
    )


def test_one_machine_alone_is_answered_from_its_model(windows: Lab, macos: Lab) -> None:
    """Why here, and not there: the policy of the model."""
    assert after(windows, "channel-291-bad").answer == (
        (
            "The machine stopped, because the fault was in the kernel: the driver "
            "sentinel.sys runs in ring 0, as a part of it."
        ),
        DRIVERS,
    )
    assert after(macos, "channel-291-bad").answer == (
        "Only the process sentinel.ext ended, because the fault was in ring 3.",
        (
            "A fault in ring 0 would have stopped the machine, but the model macos "
            "keeps drivers out of ring 0."
        ),
    )


def test_a_loop_says_that_the_file_is_still_there(windows: Lab) -> None:
    """From the second crash on, and not before."""
    first = after(windows, "channel-291-bad")
    again = explain(windows, windows.run_until(Bugcheck(), within=SOON))
    still = (
        "The start before had ended in the same way: the file was still on the disk."
    )

    assert again.reasons == (*first.reasons, still)


def test_a_restart_says_that_it_is_no_repair(macos: Lab) -> None:
    """From the second death on; another process has not died before."""
    first = after(macos, "channel-291-bad")
    again = explain(macos, macos.run_until(Death(), within=SOON))
    still = "the file was still on the disk."

    assert again.reasons == (
        *first.reasons,
        f"It had ended in the same way before, and was restarted: {still}",
    )


def test_a_file_that_came_again_is_named_with_the_reason() -> None:
    """Somebody deletes the bad file, but the vendor still offers it."""
    with Lab(options={"first_event_ms": "2000"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.UpdateStored), within=SOON)
        lab.console("rm /SYSTEM/CONTENT/C-000291.SYS")
        lab.type("reset\r")
        lab.run_until(Ready(), within=SOON)
        why = explain(lab, lab.run_until(Bugcheck(), within=SOON))
        sent = lab.last(events.UpdateSent)

    assert why.reasons[-2:] == (
        (
            "The vendor still offers channel-291-bad, so the updater had fetched the "
            "file again at this start."
        ),
        (
            "To delete the file does not help as long as the updater runs and the "
            "vendor offers it."
        ),
    )
    assert brief(sent).answer[0] == (
        "The vendor still offers channel-291-bad, and sends it again."
    )


def test_a_file_that_was_sent_but_not_stored_did_not_come_again(windows: Lab) -> None:
    """The crash was faster than the updater: it is the file that was there before."""
    after(windows, "channel-291-bad")
    windows.run_until(Ready(), within=SOON)
    sent = events.UpdateSent(
        **windows.stamp(), name="channel-291-bad", size=440, again=True
    )
    windows.record(sent)
    again = explain(windows, windows.run_until(Bugcheck(), within=SOON))

    assert again.reasons[-1] == (
        "The start before had ended in the same way: the file was still on the disk."
    )


def test_where_nothing_ended_nothing_is_claimed(windows: Lab) -> None:
    """A latent file is stored, noise is refused: each by itself, with its meaning."""
    windows.push("channel-291-latent")
    stored = windows.run_until(Happened(events.UpdateStored), within=SOON)
    windows.push("channel-291-random")
    refused = windows.run_until(Happened(events.UpdateRefused), within=SOON)
    of_stored, of_refused = (explain(windows, it) for it in (stored, refused))

    assert of_stored == brief(stored)
    assert of_stored.answer[0] == "The updater stores C-000291.SYS on the disk."
    assert "the sensor refused the file" in of_refused.answer[1]
    assert of_stored.reasons == of_refused.reasons == ()
    assert of_stored.outcome is None


# ---- Other code, and other ends.


def test_a_plugin_of_which_nothing_is_known_gets_general_words(windows: Lab) -> None:
    """The same fault, in a module with another name."""
    windows.push("channel-291-bad")
    picture = windows.picture_of(windows.run_until(Bugcheck(), within=SOON))
    assert picture is not None
    assert picture.module is not None
    other = replace(picture, module=replace(picture.module, name="mine.sys"))

    assert causes.of_picture(other) == [
        "The code took element 20 of an array for an address: 0xffff840500000074.",
        *NO_PAGE,
    ]
    assert causes.of_picture(picture)[0] == (
        "The content file asks for field 21 of a pipe event."
    )


def test_other_code_has_no_array_and_no_content(gallery: Gallery) -> None:
    """The villain's null pointer, in both rings: what its own picture shows."""
    found = [
        (name, of_crime(gallery, "null", scene))
        for name, scene in (("windows", Scene.DRIVER), ("macos", Scene.EXTENSION))
    ]
    told = compare(found)

    assert told.shared.reasons == (
        "The code wanted to read at the address 0x0.",
        "A null pointer leads to addresses so near to zero.",
        *NO_PAGE,
    )
    assert "in the process villain.ext, so only that" in told.contrast[1]


@pytest.mark.parametrize(
    ("crime", "reasons"),
    [
        (
            "divide",
            (
                "The code came to the instruction `div edx`.",
                QUOTIENT,
                (
                    "This code ran in ring 0, in the driver villain.sys. All code "
                    "there shares the memory of the kernel."
                ),
                f"{IN_RING_0}STOP 0x7e.",
            ),
        ),
        (
            "smap",
            (
                "The code wanted to read at the address 0x403000.",
                "The page is one of ring 3, and ring 0 may not touch it (SMAP).",
                NO_PAGE[1],
                (
                    "This code ran in ring 0, in the driver villain.sys. All code "
                    "there shares the memory of the kernel."
                ),
                f"{IN_RING_0}STOP 0x50.",
            ),
        ),
        (
            "dpccopy",
            (
                "The code wanted to read at the address 0xffffdead00000000.",
                *NO_PAGE,
                (
                    "This happened in ring 0, and the kernel blames the "
                    "driver villain.sys for it. All code there shares the memory of "
                    "the kernel."
                ),
                f"{IN_RING_0}STOP 0xa.",
            ),
        ),
    ],
)
def test_a_driver_is_explained_by_what_its_picture_shows(
    gallery: Gallery, crime: str, reasons: tuple[str, ...]
) -> None:
    """A division, a program's page, the kernel's own code that a driver has called."""
    why = of_crime(gallery, crime, Scene.DRIVER)

    assert why.reasons == reasons
    assert why.answer[1] == DRIVERS


def test_a_double_fault_begins_with_the_first_one(gallery: Gallery) -> None:
    """A stack that is full: the handler has no room, either."""
    why = of_crime(gallery, "overflow", Scene.DRIVER)
    _, first, then, double, *_ = why.reasons

    # `mov [rbp - 0xc0], 0` was refused, not the frame that the CPU pushes below RSP.
    (rbp,) = (it for it in why.evidence[0].lines if it.startswith("rbp = "))
    address = int(rbp.removeprefix("rbp = "), 16) - 0xC0
    assert first == f"First the CPU raised #PF for the address {address:#x}."
    assert then == "It could not call the handler, because that failed, too."
    assert double.startswith("The CPU raised #DF (double fault): ")


def test_nothing_lies_at_an_address_that_is_not_canonical(gallery: Gallery) -> None:
    """The page tables ignore the upper bits: they would find another address."""
    why = of_crime(gallery, "smashnc", Scene.EXTENSION)

    assert "there is no instruction at 0x800000000000, the next address" in str(why)


def test_a_machine_that_resets_could_call_no_handler(gallery: Gallery) -> None:
    """A triple fault: no gate of the CPU's table can be read any more."""
    crime = next(it for it in CRIMES if it.name == "wrcr3")
    lab = gallery.at_prompt(crime, Scene.DRIVER)
    lab.type(f"{crime.command(Scene.DRIVER)}\r")
    lab.run_until(Happened(events.ResetEvent), within=seconds(7))
    told = [it for it in lab.events if isinstance(it, events.Faulted)]

    assert [it.vector for it in told] == [14, 14, 8, 14]
    for event in told:
        gate = f"It could not enter gate {event.vector} of the IDT"
        assert gate in str(explain(lab, event))


def test_each_of_three_faults_at_one_instruction_has_its_own_picture(
    gallery: Gallery,
) -> None:
    """The first one, the one of the frame that has no room, and the double fault."""
    crime = next(it for it in CRIMES if it.name == "overflow")
    lab = gallery.at_prompt(crime, Scene.DRIVER)
    lab.type(f"{crime.command(Scene.DRIVER)}\r")
    lab.run_until(Happened(events.BugcheckEvent), within=seconds(7))
    told = [it for it in lab.events if isinstance(it, events.Faulted)]
    pictures = [lab.picture_of(it) for it in told]

    assert len({it.instructions for it in told}) == 1
    assert [it.vector for it in told] == [14, 14, 8]
    for event, picture in zip(told, pictures, strict=True):
        assert picture is not None
        assert (picture.fault.vector, picture.fault.address) == (
            event.vector,
            event.address,
        )
    *failed, last = (explain(lab, it).evidence for it in told)
    assert all("It could not enter gate 14 of the IDT" in str(it) for it in failed)
    assert "It entered gate 8 of the IDT" in str(last)


@pytest.mark.parametrize(
    ("crime", "answer"),
    [
        ("dblfree", "villain.sys misused the heap that ring 0 shares"),
        ("trample", "the heap that all of ring 0 shares is damaged"),
        ("failfast", "villain.sys found itself damaged, in ring 0"),
        ("int3", "villain.sys raised an exception in ring 0 that nobody handles"),
        ("hook", "the kernel found its own code or tables altered"),
    ],
)
def test_a_stop_that_no_fault_caused_has_an_answer_of_its_own(
    gallery: Gallery, crime: str, answer: str
) -> None:
    """No rule of the CPU was broken; the kernel names what it has found."""
    why = of_crime(gallery, crime, Scene.DRIVER)

    assert why.answer[0] == f"The machine stopped, because {answer}."
    assert "in ring 3" in why.answer[1].lower()
    assert why.outcome is None
    assert "raised" not in " ".join(why.reasons).replace("raised an exception", "")


def test_the_process_that_compares_is_the_part_in_ring_3() -> None:
    """Its eBPF programs run in ring 0, so that is not said of all programs."""
    with Lab("linux", sensor="bpf-collector") as lab:
        lab.boot()
        ended, why = after(lab, "channel-291-bad").answer

    assert ended.startswith("Only the process sentinel.ext ended")
    assert why.endswith("but the part that compares is a process in ring 3.")


@pytest.mark.parametrize(
    ("crime", "reason"),
    [
        ("cli", "The CPU raised #GP (general protection): IOPL forbids to change IF."),
        ("rdkernel", "The page tables open this page to ring 0 only."),
        ("int3", "The CPU raised #BP (breakpoint)."),
    ],
)
def test_a_program_that_breaks_a_rule_ends_alone(
    gallery: Gallery, crime: str, reason: str
) -> None:
    """Whatever the model: programs run in ring 3."""
    why = of_crime(gallery, crime, Scene.PROGRAM)

    assert why.answer == (
        f"Only the process {crime} ended, because the fault was in ring 3.",
        (
            "A fault in ring 0 would have stopped the machine, but programs run in "
            "ring 3 in every model."
        ),
    )
    assert reason in why.reasons


def test_a_process_that_somebody_ended_is_named_if_the_system_needs_it() -> None:
    """The first process, ended by hand."""
    with Lab(model="macos", options={"protection": "off"}) as lab:
        lab.boot()
        lab.type("kill 1\r")
        why = explain(lab, lab.run_until(Bugcheck(0xEF), within=SOON))

    assert why.answer == (
        (
            "The machine stopped, because it cannot run without the process init, "
            "which has ended."
        ),
        "Any other process would have ended alone.",
    )


def test_a_fault_that_has_not_ended_anything_yet_says_what_its_ring_means(
    macos: Lab,
) -> None:
    """It is told before the kernel has decided."""
    macos.push("channel-291-bad")
    macos.run_until(Death(), within=SOON)
    why = explain(macos, macos.last(events.Faulted))

    assert why.answer[1] == (
        "The ring of a fault decides what follows: this one is in ring 3, where the "
        "kernel ends only the process."
    )
    assert why.outcome is None


# ---- Several together.


def made_up(ring: int, *, code: str = "f", own: str = "") -> Explanation:
    """An explanation of a fault in this ring."""
    end = Outcome((code, code, code), f"part {ring}", ring, ring == 0)
    evidence = (Section("shared", ("same",)), Section("own", (f"ring {ring}{own}",)))
    return Explanation((f"{ring}",), ("cause", f"ring {ring}{own}"), evidence, end)


def text_of(found: list[tuple[str, Explanation]]) -> list[str]:
    """All lines of a comparison, in the order in which they are shown."""
    lines = []
    for depth in Depth:
        shared, own = compare(found).at(depth)
        for section in (*shared, *(it for each in own for it in each)):
            lines += [f"[{section.title}]", *section.lines]
    return lines


def test_nothing_is_said_twice() -> None:
    """What is shared first, then each machine's own, and the names with each title."""
    assert text_of([("a", made_up(0)), ("b", made_up(3))]) == [
        "[]",
        (
            "In a the machine stopped, because the fault was in the kernel: part 0 "
            "runs in ring 0, as a part of it."
        ),
        "In b the same code ran in ring 3, in part 3, so only that process ended.",
        *("[The reasons in both worlds]", "cause"),
        *("[The reasons in a]", "ring 0", "[The reasons in b]", "ring 3"),
        *("[shared in both worlds]", "same"),
        *("[own in a]", "ring 0", "[own in b]", "ring 3"),
    ]


def test_equal_explanations_become_one() -> None:
    """Of four machines, two of each kind; and the sentences count them."""
    found = [
        (name, made_up(ring)) for name, ring in zip("abcd", (0, 3) * 2, strict=True)
    ]
    told = compare(found)

    assert [name for name, _ in told.own] == ["a and c", "b and d"]
    assert told.contrast[0].startswith("In a and c each machine stopped, because")
    assert "[The reasons in a, c, b and d]" in text_of(found)


def test_one_machine_alone_has_all_for_itself() -> None:
    """Its titles name no machine, except that of the answer."""
    assert text_of([("a", made_up(0))])[:3] == ["[In a]", "0", "[The reasons]"]
    assert text_of([("a", made_up(0)), ("b", made_up(0))])[0] == "[In a and b]"


@pytest.mark.parametrize(
    "other", [made_up(3, code="g"), made_up(0, own=" again"), Explanation(("why",))]
)
def test_what_cannot_be_compared_is_not_contrasted(other: Explanation) -> None:
    """Other code, the same ring, or no fault at all: each has its own answer."""
    told = compare([("a", made_up(0)), ("b", other)])

    assert told.contrast == ()
    answers = [it.answer for _, it in told.own]
    assert [*told.shared.answer, *(line for it in answers for line in it)] == list(
        dict.fromkeys((*made_up(0).answer, *other.answer))
    )
