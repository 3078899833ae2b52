"""The same mistakes as eBPF programs, on a kernel with each of its defects.

Deep: every program on every kernel. The usual tests try each program on a sound kernel,
and on those with a defect that lets it pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.abi import bpf
from minios.lab import bpf_crimes
from minios.lab.bpf_crimes import BPF_CRIMES, BpfGallery, BpfTrial
from minios.lab.crimes import CRIMES

Trials = dict[tuple[str, str], BpfTrial]
DEFECTS = [it for it in bpf_crimes.DEFECTS if it != "none"]


@pytest.fixture(scope="module", name="gallery")
def machines() -> Iterator[BpfGallery]:
    """One for each defect."""
    with BpfGallery() as found:
        yield found


@pytest.fixture(scope="module", name="trials")
def measured(gallery: BpfGallery) -> Trials:
    """Each on a sound kernel, and where it is not refused."""
    return {
        (crime.name, defect): gallery.measure(crime, defect)
        for crime in BPF_CRIMES
        for defect in bpf_crimes.DEFECTS
        if defect == "none" or crime.expected(defect) != bpf_crimes.REFUSED
    }


def test_each_program_ends_as_the_table_says(trials: Trials) -> None:
    """Refused, harmless, or an oops."""
    for (name, defect), trial in trials.items():
        expected = bpf_crimes.BY_NAME[name].expected(defect)
        assert trial.measured == expected, (name, defect, trial.said)


@pytest.mark.deep
@pytest.mark.parametrize("defect", DEFECTS)
def test_each_program_ends_so_on_each_kernel(gallery: BpfGallery, defect: str) -> None:
    """Most defects let only one or two of them pass."""
    for crime in BPF_CRIMES:
        trial = gallery.measure(crime, defect)
        assert trial.measured == crime.expected(defect), (crime.name, trial.said)


def test_a_sound_kernel_has_no_oops(trials: Trials) -> None:
    """This is what the verifier is for."""
    ends = {it.measured for it in trials.values() if it.defect == "none"}
    assert ends == {bpf_crimes.REFUSED, bpf_crimes.HARMLESS}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_makes_an_oops_of_a_verified_program(
    trials: Trials, defect: str
) -> None:
    """Verified is not "cannot crash"; and the report names a function of the kernel."""
    oopses = [
        it
        for it in trials.values()
        if (it.defect, it.measured) == (defect, bpf_crimes.OOPS)
    ]
    assert oopses
    for it in oopses:
        assert it.said.endswith("called for crime")
        assert not it.said.startswith("0x")


def test_a_refusal_has_its_reason(trials: Trials) -> None:
    """So that a reader can say which rule it was."""
    refused = [it for it in trials.values() if it.measured == bpf_crimes.REFUSED]
    assert all(it.said for it in refused)


def test_the_columns_are_the_defects_of_the_kernel() -> None:
    """A new defect asks for a new column."""
    assert [it.name for it in bpf.DEFECTS] == list(bpf_crimes.DEFECTS)
    assert {len(it.ends) for it in BPF_CRIMES} == {len(bpf_crimes.DEFECTS)}


def test_most_are_crimes_of_the_other_table_in_other_words_of_code() -> None:
    """Where a program is refused, a driver stops the machine: one can compare."""
    others = {it.name for it in CRIMES if it.driver.startswith("STOP")}
    assert len(others & set(bpf_crimes.BY_NAME)) >= 8
