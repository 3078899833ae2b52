"""The diagram of rooms in ARCHITECTURE.md is what the imports say.

Deep: every module is imported anew, as on another system. The usual tests ask the
import contracts, which see the same modules without running them.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.abi import generate, plugins
from minios.dev import event_classes
from minios.image import reference

ROOT = Path(__file__).parents[2]
POSIX_ONLY = (
    "fcntl",
    "pty",
    "resource",
    "syslog",
    "termios",
    "tty",
    "textual.drivers.linux_driver",
)
UPPER_ROOMS = {"__init__", "__main__", "tui", "dev"}
ROOMS = {
    path.relative_to(ROOT / "minios").parts[0].removesuffix(".py")
    for path in (ROOT / "minios").rglob("*.py")
}


def imports(path: Path) -> Iterator[str]:
    """The names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules_of(room: str) -> list[str]:
    """Every module of a room, by its dotted name."""
    files = [ROOT / f"minios/{room}.py", *(ROOT / "minios" / room).rglob("*.py")]
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if path.exists() and path.name != "build_hook.py"
    ]


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold() -> None:
    """import-linter agrees; pyproject.toml gives the reason for each contract."""
    program = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert program, "lint-imports belongs to the development dependencies"

    done = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.deep
def test_no_lower_room_needs_a_terminal_interface() -> None:
    """Imported whole in a fresh process, they bring in no Textual.

    A static graph cannot see an import that is hidden in a function or a string. One
    process is enough for all: what they do not bring in together, none does alone.
    """
    modules = {room: modules_of(room) for room in sorted(ROOMS - UPPER_ROOMS)}
    assert all(modules.values())
    code = (
        "import importlib, sys\n"
        f"for room, modules in {modules!r}.items():\n"
        "    for name in modules:\n"
        "        importlib.import_module(name)\n"
        "    found = {it.split('.')[0] for it in sys.modules} & {'textual', 'rich'}\n"
        "    if found:\n"
        "        sys.exit(f'{room} imports {found}')\n"
    )

    done = python(code)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.deep
def test_every_module_can_be_imported_on_windows() -> None:
    """All but the one that measures a pseudo terminal, which its importer guards.

    Here Python is told that it runs on Windows once its own modules and those of others
    are there, and what Windows does not have cannot be imported from then on.
    """
    modules = [
        name
        for room in sorted(ROOMS - {"__init__", "__main__"})
        for name in modules_of(room)
        if name != "minios.dev.bench_tui"
    ]
    code = (
        "import importlib, os, sys\n"
        f"modules = {modules!r}\n"
        "for name in modules:\n"
        "    importlib.import_module(name)\n"
        "for name in [it for it in sys.modules if it.split('.')[0] == 'minios']:\n"
        "    del sys.modules[name]\n"
        f"sys.modules.update(dict.fromkeys({POSIX_ONLY!r}))\n"
        "sys.platform = 'win32'\n"
        "for name in [it for it in vars(os) if it.startswith('O_N')]:\n"
        "    delattr(os, name)\n"
        "for name in modules:\n"
        "    importlib.import_module(name)\n"
    )

    done = python(code)

    assert (done.returncode, done.stderr) == (0, "")


def test_help_imports_nothing_that_is_slow() -> None:
    """`minios --help` answers at once, so neither engine nor interface is loaded."""
    code = (
        "import sys\n"
        "from minios.cli import main\n"
        "main([])\n"
        "slow = {'textual', 'unicorn', 'capstone', 'elftools', 'msgspec'}\n"
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)\n"
    )

    done = python(code)

    assert (done.returncode, done.stderr) == (0, "")


def test_only_the_adapter_imports_unicorn() -> None:
    """Also not inside a function, and not in a test."""
    guilty = [
        path.relative_to(ROOT).as_posix()
        for folder in ("minios", "tests", "lessons", "drivers")
        for path in (ROOT / folder).rglob("*.py")
        if "unicorn" in path.read_text(encoding="utf-8")  # to parse all takes a second
        and any(name.split(".")[0] == "unicorn" for name in imports(path))
    ]

    assert set(guilty) <= {f"minios/machine/{it}.py" for it in ("binding", "engine")}


def test_the_abi_header_is_fresh() -> None:
    """What C reads is what the Python tables say."""
    assert generate.is_fresh(), "run `minios dev gen`"


def test_the_classes_of_events_are_fresh() -> None:
    """What Python reads is what the table of events says."""
    assert event_classes.is_fresh(), "run `minios dev gen`"


def test_the_reference_page_of_the_sdk_is_fresh() -> None:
    """A function is described in one place, the header."""
    assert reference.is_fresh(), "run `minios dev gen`"


def test_the_head_of_the_service_list_names_every_kind_with_its_ring() -> None:
    """It is the first that one reads on the guest's disk."""
    lines = (ROOT / "minios/user/services.ini").read_text("utf-8").splitlines()
    (words,) = (it for it in lines if it.startswith("# kind:"))
    rings = re.findall(r"([^(),]+)\(ring (\d)\)", words.removeprefix("# kind:"))
    said = {name: int(ring) for names, ring in rings for name in names.split(" or ")}

    expected = {it.value: it.row.ring for it in plugins.Kind}
    assert {name.strip(): ring for name, ring in said.items()} == expected
