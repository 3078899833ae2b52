"""The published rules of the formats that course systems read, as checks.

Each function returns what is wrong with a file; an empty list means that it is valid.
They are written from these sources, and share no code with the writers:

- Gradescope: "Autograder Specifications", section "Output format"
  (gradescope-autograders documentation, page `specs`).
- Exercism: "The Test Runner Interface" (`building/tooling/test-runners/interface.md`
  of exercism/docs).
- Classroom 50: `schemas/result-v1.schema.json` of foundation50/classroom50, and the
  rules across fields that its description lists.
- JUnit: `junit-10.xsd` of jenkinsci/xunit-plugin; characters: XML 1.0, section 2.2.
- CSV: RFC 4180.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

_Rule = Callable[[Any], bool]
_VISIBILITIES: Final = {"hidden", "after_due_date", "after_published", "visible"}
_OUTPUT_FORMATS: Final = {"text", "html", "simple_format", "md", "ansi"}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: object) -> bool:
    return isinstance(value, str)


def _filled(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _fields(
    table: Mapping[str, Any],
    known: Mapping[str, _Rule],
    required: frozenset[str],
    where: str,
) -> list[str]:
    """What is wrong with the fields of an object that may have only these."""
    wrong = [f"{where}: unknown field {it}" for it in table.keys() - known.keys()]
    wrong += [f"{where}: no field {it}" for it in required - table.keys()]
    wrong += [
        f"{where}: bad {name}: {value!r}"
        for name, value in table.items()
        if name in known and not known[name](value)
    ]
    return sorted(wrong)


def gradescope(data: bytes) -> list[str]:
    """Check a results.json of Gradescope."""
    top = json.loads(data)
    known: dict[str, _Rule] = {
        "score": _number,
        "execution_time": _number,
        "output": _text,
        "output_format": _OUTPUT_FORMATS.__contains__,
        "test_output_format": _OUTPUT_FORMATS.__contains__,
        "test_name_format": _OUTPUT_FORMATS.__contains__,
        "visibility": _VISIBILITIES.__contains__,
        "stdout_visibility": _VISIBILITIES.__contains__,
        "extra_data": lambda it: isinstance(it, dict),
        "tests": lambda it: isinstance(it, list),
        "leaderboard": lambda it: isinstance(it, list),
    }
    wrong = _fields(top, known, frozenset(), "top")
    tests = top.get("tests", [])
    test_rules: dict[str, _Rule] = {
        "score": _number,
        "max_score": _number,
        "status": {"passed", "failed"}.__contains__,
        "name": _text,
        "name_format": _OUTPUT_FORMATS.__contains__,
        "number": _text,
        "output": _text,
        "output_format": _OUTPUT_FORMATS.__contains__,
        "tags": _texts,
        "visibility": _VISIBILITIES.__contains__,
        "extra_data": lambda it: isinstance(it, dict),
    }
    for number, test in enumerate(tests):
        wrong += _fields(test, test_rules, frozenset(), f"test {number}")
    has_scores = tests and all("score" in it for it in tests)
    if "score" not in top and not has_scores:
        wrong.append("top: no score, and not one for each test")
    return wrong


def exercism(data: bytes) -> list[str]:
    """Check a results.json of Exercism, version 3."""
    top = json.loads(data)
    known: dict[str, _Rule] = {
        "version": {3}.__contains__,
        "status": {"pass", "fail", "error"}.__contains__,
        "message": lambda it: it is None or (_text(it) and len(it) <= 65_535),
        "tests": lambda it: isinstance(it, list),
    }
    wrong = _fields(top, known, frozenset({"version", "status"}), "top")
    tests = top.get("tests")
    statuses = {it.get("status") for it in tests or ()}
    if top["status"] == "error" and not _filled(top.get("message")):
        wrong.append("top: an error without a message")
    if top["status"] != "error" and (tests is None or top.get("message") is not None):
        wrong.append("top: no tests, or a message without an error")
    if top["status"] == "pass" and statuses - {"pass"}:
        wrong.append("top: a pass with a test that did not pass")
    if top["status"] == "fail" and not statuses & {"fail", "error"}:
        wrong.append("top: a fail without a test that failed")
    if top["status"] == "error" and statuses - {"error"}:
        wrong.append("top: an error, and a test that ran")
    rules: dict[str, _Rule] = {
        "name": _filled,
        "test_code": _text,
        "status": {"pass", "fail", "error"}.__contains__,
        "message": lambda it: it is None or _text(it),
        "output": lambda it: it is None or (_text(it) and len(it) <= 500),
        "task_id": _whole,
    }
    for number, test in enumerate(tests or ()):
        where = f"test {number}"
        wrong += _fields(test, rules, frozenset({"name", "status"}), where)
        if test["status"] != "pass" and not _filled(test.get("message")):
            wrong.append(f"{where}: no message")
    return wrong


def classroom50(data: bytes) -> list[str]:
    """Check a result.json of Classroom 50."""
    top = json.loads(data)
    moment = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ").fullmatch
    known: dict[str, _Rule] = {
        "schema": "classroom50/result/v1".__eq__,
        "classroom": _filled,
        "assignment": _filled,
        "assignment_type": {"individual", "group"}.__contains__,
        "owner": _filled,
        "submission": lambda it: _text(it) and it.startswith("submit/"),
        "commit": _filled,
        "release": _filled,
        "review": _filled,
        "datetime": lambda it: _text(it) and bool(moment(it)),
        "score": _whole,
        "max-score": _whole,
        "tests": lambda it: isinstance(it, list),
    }
    wrong = _fields(top, known, frozenset(known), "top")
    rules: dict[str, _Rule] = {
        "test-name": _filled,
        "passed": lambda it: isinstance(it, bool),
        "score": _whole,
        "max-score": _whole,
    }
    for number, test in enumerate(top["tests"]):
        own = {name: value for name, value in test.items() if name in rules}
        wrong += _fields(own, rules, frozenset(rules), f"test {number}")
    for name in ("score", "max-score"):
        if top[name] != sum(it[name] for it in top["tests"]):
            wrong.append(f"top: {name} is not the sum")
    if any(it["score"] > it["max-score"] for it in (top, *top["tests"])):
        wrong.append("a score is larger than its largest")
    return wrong


_RESULT_ATTRIBUTES: Final = frozenset({"type", "message"})
_ELEMENTS: Final[
    Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]]
] = {
    # element: (required attributes, other attributes, elements in it)
    "testsuites": (
        frozenset(),
        frozenset({"name", "time", "tests", "failures", "errors"}),
        frozenset({"testsuite"}),
    ),
    "testsuite": (
        frozenset({"name", "tests", "failures", "errors"}),
        frozenset({"group", "time", "skipped", "timestamp", "hostname", "id"}),
        frozenset({"testsuite", "properties", "testcase", "system-out", "system-err"}),
    ),
    "properties": (frozenset(), frozenset(), frozenset({"property"})),
    "property": (frozenset({"name", "value"}), frozenset(), frozenset()),
    "testcase": (
        frozenset({"name"}),
        frozenset({"time", "classname", "group"}),
        frozenset({"skipped", "error", "failure", "system-out", "system-err"}),
    ),
    "failure": (frozenset(), _RESULT_ATTRIBUTES, frozenset()),
    "error": (frozenset(), _RESULT_ATTRIBUTES, frozenset()),
    "system-out": (frozenset(), frozenset(), frozenset()),
}
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(data: bytes) -> list[str]:
    """Check a JUnit XML file."""
    text = data.decode("utf-8")
    wrong = [f"a character that XML forbids: {it!r}" for it in _NOT_XML.findall(text)]
    root = ET.fromstring(text)  # noqa: S314 - our own file
    if root.tag != "testsuites":
        wrong.append(f"the root is {root.tag}")
    for element in root.iter():
        if element.tag not in _ELEMENTS:
            wrong.append(f"unknown element {element.tag}")
            continue
        required, other, children = _ELEMENTS[element.tag]
        names = set(element.keys())
        if required - names or names - required - other:
            wrong.append(f"the attributes of {element.tag}: {sorted(names)}")
        if not {it.tag for it in element} <= children:
            wrong.append(f"the elements in {element.tag}")
    for suite in root.iter("testsuite"):
        counted = (
            len(suite.findall("testcase")),
            len(suite.findall("testcase/failure")),
            len(suite.findall("testcase/error")),
        )
        said = tuple(int(suite.get(it, "")) for it in ("tests", "failures", "errors"))
        if counted != said:
            wrong.append(f"the numbers of {suite.get('name')}: {said}")
    return wrong


def spreadsheet(data: bytes) -> list[str]:
    """Check a CSV file, also for cells that a spreadsheet would calculate."""
    text = data.decode("utf-8")
    wrong = []
    if not text.endswith("\r\n") or "\n" in text.replace("\r\n", ""):
        wrong.append("the lines do not end with CR LF")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len({len(row) for row in rows}) != 1:
        wrong.append("the rows differ in their number of cells")
    signs = ("=", "+", "-", "@", "\t", "\r")
    formulas = [it for row in rows for it in row if it.strip().startswith(signs)]
    return wrong + [f"a formula: {it!r}" for it in formulas]
