"""What is shipped can be run at full speed."""

from __future__ import annotations

import pytest

from minios.image import elf, guest
from minios.image.recipe import ROOT
from minios.machine import hazards

IMAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / guest.GUEST).rglob("*")
    if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"
)


@pytest.mark.parametrize("name", IMAGES)
def test_no_page_of_shipped_code_has_to_be_watched(name: str) -> None:
    """A sequence that looks deadly, in the middle of an instruction, costs a boot 5 %.

    If this fails, the compiler has chosen an unlucky register: say the same in other
    words at the place that is named. Where pages begin and end makes no difference.
    """
    image = elf.read(ROOT / name)
    for section in image.sections:
        if not section.executable or section.name == ".boot":
            continue
        found = hazards.find_deadly(section.data)
        assert found is None, f"{name}, {section.address + found:#x}"
