"""The committed channel files are what their sources say, and do what they are for."""

from __future__ import annotations

import pytest

from minios.content import FileError, Validator, catalogue, check, decode, validate

STATUSES = {
    "channel-291-factory": ("ACCEPTED", "ACCEPTED"),
    "channel-291-good": ("ACCEPTED", "ACCEPTED"),
    "channel-291-latent": ("ACCEPTED", "ACCEPTED"),
    "channel-291-bad": ("ACCEPTED", "FIELD_COUNT"),
    "channel-291-bad-user-half": ("ACCEPTED", "FIELD_COUNT"),
    "channel-291-block": ("ACCEPTED", "ACCEPTED"),
    "channel-291-truncated": ("SIZE_MISMATCH", "SIZE_MISMATCH"),
    "channel-291-random": ("BAD_MAGIC", "BAD_MAGIC"),
}


def test_the_committed_files_are_what_their_sources_make() -> None:
    """If not: `python -c "from minios.content import catalogue; catalogue.write()"`."""
    committed = {name: catalogue.load(name) for name in catalogue.NAMES}

    assert committed == catalogue.make_all()


def test_nothing_else_lies_in_the_folder() -> None:
    """A source without a result, or a result that nobody made, would be neither."""
    found = {path.name for path in catalogue.FOLDER.iterdir()}
    results = {name + catalogue.SUFFIX for name in catalogue.NAMES}
    sources = {
        entry.name + catalogue.SOURCE_SUFFIX
        for entry in catalogue.CATALOGUE
        if isinstance(entry, catalogue.Compiled)
    }

    assert found == results | sources | {"README.md"}


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_each_file_gets_the_verdicts_that_it_is_for(name: str) -> None:
    """The sensor's own checks say what the historical validator says."""
    data = catalogue.load(name)
    historical, fixed = STATUSES[name]

    assert check(data).status == historical
    assert validate(data, Validator.HISTORICAL).status == historical
    assert validate(data, Validator.FIXED).status == fixed


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("channel-291-bad", 0xFFFF_8405_0000_0074),
        ("channel-291-bad-user-half", 0x9C),
    ],
)
def test_the_bad_files_read_field_21_at_the_next_pipe(name: str, pointer: int) -> None:
    """Nothing stands before the criterion that could fail to match."""
    instance = decode(catalogue.load(name)).instances[-1]
    reading = [i for i, one in enumerate(instance.criteria) if one.kind.number]

    assert reading == [20]
    assert instance.detection == pointer


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """Did you mean."""
    with pytest.raises(FileError, match="Did you mean 'channel-291-bad'"):
        catalogue.load("chanel-291-bad")
