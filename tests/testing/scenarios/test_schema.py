"""The JSON schema of scenario files, which editors complete words with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from minios import paths
from minios.testing.scenarios import records, schema, steps


def every_reference(value: object) -> Iterator[str]:
    """The names behind each `$ref`."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix("#/definitions/")
        for inner in value.values():
            yield from every_reference(inner)
    if isinstance(value, list):
        for inner in value:
            yield from every_reference(inner)


def properties(table: dict[str, Any]) -> set[str]:
    """The keys of a table."""
    return set(table["properties"])


def test_the_file_that_ships_is_fresh() -> None:
    """Write it anew: `minios dev gen`."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()


def test_every_example_names_the_schema() -> None:
    """An editor looks for it beside the file."""
    for path in (paths.ASSETS / "scenarios").glob("*.scenario.toml"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"#:schema ./{schema.FILE.name}"


def test_every_verb_and_every_record_is_in_it() -> None:
    """A new one is there at once, and so are its fields."""
    found = schema.schema()

    verbs = found["properties"]["steps"]["items"]["anyOf"]
    assert [set(steps.VERBS) & properties(it) for it in verbs] == [
        {verb} for verb in steps.VERBS
    ]
    kinds = {
        it["properties"]["event"]["const"]: properties(it)
        for it in found["definitions"]["record"]["anyOf"]
    }
    assert kinds == {
        kind: {"event", "count", *records.fields_of(kind)} for kind in records.KINDS
    }


def test_every_reference_leads_somewhere() -> None:
    """An editor says nothing of one that does not: it only stops helping."""
    found = schema.schema()

    assert set(every_reference(found)) <= set(found["definitions"])
