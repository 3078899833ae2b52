"""Plain mode and content files: looked at, made, pushed."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.content import decode, inspect
from minios.lab import content_files
from minios.lab.inputs import Push
from minios.plain.making import FIELDS, SourceDraft
from minios.plain.words import files
from minios.session.frames import Frame
from tests.plain.talking import MAC, TWO, Talker, lab_of, talk


def frame_after(*answers: str) -> Frame:
    """One machine after these answers."""
    talker = Talker(*answers, "0")
    lab = lab_of(MAC, talker)
    lab.run()
    (frame,) = lab.conductor.frames
    lab.close()
    return frame


def test_a_file_can_be_heard_before_it_is_pushed() -> None:
    """Its header field by field, the owner of an offset, and what it says."""
    talker = talk(
        *(
            TWO,
            ">push",
            "channel-291-bad",
            "2",
            "1",
            "?",
            "0x0",
            "0xf8",
            "0x9999",
            "77",
            "x",
        ),
        *("0", "0", "0"),
    )

    assert (
        'Offset 0x0: header, magic, 4 bytes, 4d 43 48 4e, value "MCHN".' in talker.lines
    )
    assert any("instance 2, detection, 8 bytes" in line for line in talker.lines)
    assert any("but the sensor supplies 20 inputs" in line for line in talker.lines)
    assert "Please type a number, 1 to 9, or an offset up to 0x1b7." in talker.lines
    assert "is pushed" not in talker.text


def inputs_after(*answers: str) -> list[list[type]]:
    """What each of two machines was given after these answers."""
    lab = lab_of(TWO, Talker(*answers, "0"))
    lab.run()
    found = [[type(it) for _, it in frame.inputs] for frame in lab.conductor.frames]
    lab.close()
    return found


def test_a_file_can_be_pushed_to_one_machine() -> None:
    """A shipped one, one that was made; who names no machine goes on with his file."""
    assert inputs_after(">push", "1", "1") == [[Push], [Push]]
    assert inputs_after(">push", "1", "3", "2") == [[], [Push]]
    assert inputs_after(">push", "1", "3", "0") == [[], []]
    assert inputs_after(">make", "8", "0", "8", "1") == [[Push], []]
    talker = talk(MAC, ">push", "1", "0", "0")
    assert "push it to one machine" not in talker.text


@pytest.mark.parametrize("name", content_files.shipped())
def test_every_byte_of_a_file_belongs_to_a_part_that_can_be_heard(name: str) -> None:
    """Also where the sensor would refuse it."""
    data = content_files.find(name).data
    parts = files.passages(data)

    spans = [span for part in parts for span in part.spans]
    assert tuple(spans) == inspect(data).spans
    assert files.field_at(data, 0) == files.field(data, spans[0])
    assert files.summary(data)[0].startswith(f"{len(data)} bytes. The sensor: ")


def test_wildcards_are_told_together_and_what_reads_by_itself() -> None:
    """Twenty criteria that are zeros are a line; the one that is not has its fields."""
    data = content_files.find("channel-291-bad").data
    second = [it for it in files.passages(data) if it.title.endswith("criteria")][1]
    told = files.fields(data, second)

    assert told[0] == (
        "Offsets 0x108 to 0x1a7: 20 wildcards, every byte zero, "
        "from operation to instance count."
    )
    assert [it.split(", ")[1:3] for it in told[1:]] == [
        ["correlation", name] for name in ("kind", "reserved", "length", "offset")
    ]


def test_a_wrong_file_is_asked_for_again(tmp_path: Path) -> None:
    """By a number that is none, or a path to nothing."""
    mine = tmp_path / "mine.sys"
    mine.write_bytes(content_files.find("channel-291-good").data)
    talker = talk(MAC, ">push", "99", "/no/such/file", str(mine), "1", "0")

    assert sum("there is no such file" in line for line in talker.lines) == 2
    assert any("mine is pushed" in line for line in talker.lines)


def test_a_file_is_made_by_its_fields() -> None:
    """It begins as that of the day, and matches what was said."""
    frame = frame_after(
        *(">make a content", "1", "pipe_name", "msagent_*", "1", "21", "*", "7")
    )
    ((_, given),) = frame.inputs

    assert isinstance(given, Push)
    (instance,) = decode(given.file.data).instances
    told = {
        name: str(it)
        for name, it in zip(FIELDS, instance.criteria, strict=True)
        if str(it) != "anything"
    }
    assert told == {"pipe_name": 'matches "msagent_*"'}


def test_a_file_that_is_made_is_judged_by_either_validator() -> None:
    """After every change, by the one that was asked for last."""
    talker = talk(
        *(MAC, ">make a content", "6", "1", "21", "*", "6", "5", "1", "0", "0", "0")
    )
    judged = [
        line for line in talker.lines if " validator " in line and "?" not in line
    ]

    verbs = [line.split()[1:4] for line in judged if line.startswith("The ")]
    assert verbs == [
        ["historical", "validator", "accepts"],
        ["fixed", "validator", "refuses"],
        ["fixed", "validator", "accepts"],
        ["historical", "validator", "accepts"],
    ]
    assert any(line.startswith("Offset 0x8: header, version") for line in talker.lines)


def test_the_source_of_a_file_can_be_changed_line_by_line() -> None:
    """A wrong line says what is wrong; while it does, nothing can be pushed."""
    draft = SourceDraft()
    number = draft.lines.index("version = 4") + 1
    talker = talk(
        *(MAC, ">make a content", "4", str(number), "version = x", "7", "5"),
        *("4", str(number), "version = 7", "2", "1", "ring", "0", "3", "", "7", "0"),
    )

    assert sum("It cannot be compiled: " in line for line in talker.lines) == 3
    assert "Now it is: version = 4" in talker.lines
    assert sum("made-here is pushed" in line for line in talker.lines) == 1
    assert f"line {number}: version = 7" in talker.lines


def test_a_draft_is_text_that_can_be_added_to_and_taken_out() -> None:
    """Fields go to the last instance."""
    draft = SourceDraft()
    draft.add_instance()
    draft.match("ring", "3")
    draft.put(len(draft.lines) + 1, 'rights = "x"')
    channel = decode(draft.data)

    assert [str(it.criteria[9]) for it in channel.instances] == [
        "anything",
        'equals "3"',
    ]
    assert str(channel.instances[1].criteria[10]) == 'equals "x"'
    draft.put(len(draft.lines), "")
    assert str(decode(draft.data).instances[1].criteria[10]) == "anything"
    draft.put(1, "nonsense")
    assert draft.data == b""
    assert draft.judged().startswith("It cannot be compiled: ")
