"""The same mistakes as eBPF programs, on a kernel with each of its defects."""

from __future__ import annotations

import pytest

from minios.abi import bpf
from minios.lab import bpf_crimes
from minios.lab.bpf_crimes import BPF_CRIMES, BpfGallery, BpfTrial
from minios.lab.crimes import CRIMES


@pytest.fixture(scope="module", name="trials")
def measured() -> dict[tuple[str, str], BpfTrial]:
    """All of them, in one machine for each defect."""
    with BpfGallery() as gallery:
        found = [it for crime in BPF_CRIMES for it in gallery.measure_all(crime)]
    return {(it.crime.name, it.defect): it for it in found}


Trials = dict[tuple[str, str], BpfTrial]


@pytest.mark.parametrize("defect", bpf_crimes.DEFECTS)
def test_each_program_ends_as_the_table_says(trials: Trials, defect: str) -> None:
    """Refused, harmless, or an oops."""
    for crime in BPF_CRIMES:
        trial = trials[crime.name, defect]
        assert trial.measured == crime.expected(defect), (crime.name, trial.said)


def test_a_sound_kernel_has_no_oops(trials: Trials) -> None:
    """This is what the verifier is for."""
    ends = {it.measured for it in trials.values() if it.defect == "none"}
    assert ends == {bpf_crimes.REFUSED, bpf_crimes.HARMLESS}


@pytest.mark.parametrize("defect", [it for it in bpf_crimes.DEFECTS if it != "none"])
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
