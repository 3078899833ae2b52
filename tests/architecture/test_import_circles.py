"""No modules of minios import one another in a circle, inside a room either.

The linter checks the order of the rooms. Of a circle, none can be read, or changed,
before the others, and an import inside a function would only hide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import grimp


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """A circle in a table of who imports whom, the first name twice; else nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_modules_import_one_another_in_a_circle() -> None:
    """Imports inside functions count, too."""
    graph = grimp.build_graph("minios", cache_dir=None)
    imports = {it: graph.find_modules_directly_imported_by(it) for it in graph.modules}
    assert "minios.lab.events" in imports["minios.lab.view"]
    assert circle(imports) == []


def test_a_circle_is_found() -> None:
    """The check can fail, and says who is in the circle."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert sorted(set(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}))) == ["b", "c"]
