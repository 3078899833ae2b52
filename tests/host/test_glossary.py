"""The glossary: every word is found, says what it is, and uses no unknown word."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import chain

import pytest

from minios import glossary
from minios.abi.vectors import EXCEPTIONS
from minios.errors import MiniosError
from minios.lab import Bugcheck, Condition, Death, Event, Lab, explain, seconds

TERMS = tuple(glossary.terms().values())
SPELLINGS = {glossary.plain(it) for term in TERMS for it in term.spellings}
CODE = re.compile("`[^`]*`")
ABBREVIATION = re.compile(r"#[A-Z]{2}\b|(?<![\w#])[A-Z][A-Z0-9]+\b")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
MOST = 160  # characters of the one sentence
RAISED = ("#DE", "#DB", "#BP", "#UD", "#NM", "#DF", "#SS", "#GP", "#PF", "#AC")
ASKED_FOR = """
ring; privilege level; CPL; kernel; driver; extension; process; thread; system call;
syscall; sysretq; iretq; int n; gate; IDT; GDT; TSS; IST; DPL; RPL; selector; page;
page table; PML4; PTE; supervisor page; present bit; NX; SMEP; SMAP; CR0; CR2; CR3; CR4;
RIP; RSP; RFLAGS; MSR; page fault; interrupt; IRQ; IRQL; DPC; NMI; watchdog; bugcheck;
double fault; triple fault; stop code; blue screen; dump; paged pool; nonpaged pool;
guarded pool; handle; port; I/O port; message port; pipe; right; MMIO; virtio; UART;
beacon; content file; channel file; instance; template; template type; criterion;
wildcard; validator; detection; sensor; quarantine; supervisor; last known good;
safe mode; recovery environment; boot loop; FAT; cluster; sector; ELF; symbol;
disassembly; snapshot; virtual time; seed; replay; scenario; fixture; budget; points;
submission; assignment; hidden test; SDK
"""


def test_there_are_many_terms_and_no_spelling_means_two_of_them() -> None:
    """Whoever asks for a word gets one answer."""
    spelled = [glossary.plain(it) for term in TERMS for it in term.spellings]

    assert len(TERMS) >= 80
    assert sorted(spelled) == sorted(set(spelled))


def test_a_term_is_found_by_every_spelling() -> None:
    """In capitals, in small letters, with blanks round it."""
    for term in TERMS:
        for spelling in term.spellings:
            for typed in (spelling, spelling.upper(), f"  {spelling.lower()} "):
                assert glossary.find(typed) is term


def test_what_a_term_refers_to_exists() -> None:
    """There is always something to read next, and never the same."""
    for term in TERMS:
        assert 1 <= len(term.see_also) <= 4, term.name
        assert set(term.see_also) <= set(glossary.terms()) - {term.name}, term.name


def test_a_term_is_explained_in_whole_short_sentences() -> None:
    """One sentence says what it is, one to three more how one meets it."""
    for term in TERMS:
        more = SENTENCE.split(term.more)
        assert len(SENTENCE.split(term.sentence)) == 1, term.name
        assert len(term.sentence) <= MOST, term.name
        assert term.sentence[0].isupper(), term.name
        assert 1 <= len(more) <= 3, term.name
        for text in (term.sentence, *more):
            assert text[0].isupper() or text.startswith(("0x", "minios ", "`")), text
            assert text.endswith("."), text
            assert text.isprintable(), text


def test_an_abbreviation_in_a_definition_is_a_term_or_is_spelled_out() -> None:
    """So that nobody needs another book; what stands in backquotes is code."""
    for term in TERMS:
        text = CODE.sub("", f"{term.sentence} {term.more}")
        for found in ABBREVIATION.findall(text):
            known = glossary.plain(found) in SPELLINGS
            assert known or f"({found})" in text, (term.name, found)


def test_the_words_that_the_product_does_not_explain_are_all_there() -> None:
    """Those of the interface, of the commands and of the README files."""
    for words in ASKED_FOR.replace("\n", " ").split(";"):
        assert glossary.find(words).sentence


WORDS_ON_SCREEN = """
#PF; CR2; IDT; TSS; PML4; IRQL; DPL; IRQ; SMEP; SMAP; NX; sysretq; iretq; instance;
template; detection; supervis; channel file; latent; wildcard; updater; workload
"""


def test_a_word_that_stands_on_a_screen_is_found_where_it_stands() -> None:
    """What `?` does: the term whose spelling stands there, and its explanation."""
    for word in WORDS_ON_SCREEN.replace("\n", " ").split(";"):
        (term,) = glossary.in_text(f"It says {word.strip()} here.")

        assert term is glossary.find(word)
        assert glossary.plain(word) in {glossary.plain(it) for it in term.spellings}
        assert term.more


def test_exceptions_are_called_as_the_cpu_s_table_calls_them() -> None:
    """Each that a program or driver of this machine can raise."""
    names = {str(vector): vector.name for vector in EXCEPTIONS}

    for mnemonic in RAISED:
        assert glossary.plain(names[mnemonic]) in {
            glossary.plain(it) for it in glossary.find(mnemonic).spellings
        }


@pytest.mark.parametrize(
    ("model", "end"),
    [("windows", Bugcheck()), ("macos", Death())],
    ids=["windows", "macos"],
)
def test_why_uses_no_abbreviation_that_is_not_in_the_glossary(
    model: str, end: Condition[Event]
) -> None:
    """For the fault of 19 July 2024, in both worlds."""
    with Lab(model=model) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        text = str(explain(lab, lab.run_until(end, within=seconds(5))))

    said = set(ABBREVIATION.findall(text))
    assert {"#PF", "CR2", "IDT", "PML4", "SDM"} <= said
    assert not {it for it in said if glossary.plain(it) not in SPELLINGS}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("PF", "page fault"),
        ("Page Faults", "page fault"),
        ("non-maskable interrupt", "NMI"),
        ("nonmaskable", ""),
        ("", ""),
    ],
)
def test_what_is_typed_may_differ_a_little(typed: str, name: str) -> None:
    """The # may be missing, and one may ask for several; but nothing is guessed."""
    if name:
        assert glossary.find(typed).name == name
    else:
        with pytest.raises(MiniosError):
            glossary.find(typed)


@pytest.mark.parametrize(
    ("typed", "near"),
    [("IRQLL", "IRQL"), ("page falt", "page fault"), ("tripple fault", "triple fault")],
)
def test_a_near_miss_is_answered_with_the_word_that_was_meant(
    typed: str, near: str
) -> None:
    """As the first of those that it could be."""
    with pytest.raises(MiniosError, match=rf"Did you mean {near}"):
        glossary.find(typed)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It raised #PF: CR2 holds the address.", ["page fault", "CR2"]),
        ("a page │\n│ fault in ring 0", ["page fault", "ring 0"]),
        ("Page faults and page-table walks", ["page fault", "page table"]),
        ("if the fat driver stops", ["driver"]),
        ("rip 0x401c3f", ["RIP"]),
        ("#SS is not SS", ["stack-segment fault", "CS"]),
        ("to the right, IDTs, sentinel.ext, /BIN/SHELL", ["IDT"]),
    ],
)
def test_words_are_found_in_what_a_screen_shows(text: str, names: list[str]) -> None:
    """The longest; folded; in the plural; IF, FAT and STOP only in capitals."""
    assert [it.name for it in glossary.in_text(text)] == names


def test_the_two_meanings_of_supervisor_are_told_apart() -> None:
    """A program that starts others again, and Intel's word for the inner rings."""
    program, mode = glossary.find("supervisor"), glossary.find("supervisor mode")

    assert program is not mode
    assert mode.name in program.see_also
    assert program.name in mode.see_also


@pytest.mark.parametrize("words", ["--version", "demo --schema"])
def test_nobody_else_pays_for_the_glossary(words: str) -> None:
    """It is loaded by those that show it."""
    code = (
        "import sys\n"
        "from minios.cli import main\n"
        "try:\n"
        f"    main({words.split()!r})\n"
        "finally:\n"
        "    print('minios.glossary' in sys.modules, file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "False\n")


def test_a_term_is_met_from_another_one() -> None:
    """Nearly all of them are somebody's "see also", so that one can wander about."""
    referred_to = set(chain.from_iterable(term.see_also for term in TERMS))

    assert len(referred_to) > len(TERMS) / 2
