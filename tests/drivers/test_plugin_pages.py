"""Each plugin has a page, and `drivers/README.md` says when to read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

DRIVERS: Final = Path(__file__).parents[2] / "drivers"


def test_the_page_of_all_plugins_leads_to_each() -> None:
    """A plugin that is not in the order of reading is found by nobody."""
    page = (DRIVERS / "README.md").read_text("utf-8")
    links = re.findall(r"\]\((\w+/README\.md)\)", page)

    assert sorted(links) == sorted(
        f"{manifest.parent.name}/README.md"
        for manifest in DRIVERS.glob("*/plugin.toml")
    )
    assert all((DRIVERS / link).is_file() for link in links)
