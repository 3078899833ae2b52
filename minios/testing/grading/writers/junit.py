"""JUnit XML, for the instructor: a suite for each submission.

There is no single schema. This keeps to `junit-10.xsd` of Jenkins' xUnit plugin. The
times that it allows are left out: they would differ from run to run. XML 1.0 has no
way to write most control characters, so none are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from minios.testing.grading import feedback
from minios.testing.grading.results import Grade, Outcome, Result, shown
from minios.visible import visible

FILE_NAME = "junit.xml"
_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}


def write(grades: Sequence[Grade]) -> bytes:
    """The file for all submissions."""
    root = ET.Element("testsuites", name="minios")
    for grade in grades:
        root.append(_suite(grade))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _suite(grade: Grade) -> ET.Element:
    outcomes = [it.outcome for it in grade.results]
    suite = ET.Element(
        "testsuite",
        name=visible(grade.submission),
        tests=str(len(outcomes)),
        failures=str(outcomes.count(Outcome.FAILED)),
        errors=str(outcomes.count(Outcome.ERROR)),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("score", shown(grade.score)),
        ("max_score", shown(grade.best)),
        *(("problem", feedback.safe(it)) for it in grade.problems),
        *(("fault", feedback.safe(it)) for it in [grade.fault] if it),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    for result in grade.results:
        suite.append(_case(result))
    return suite


def _case(result: Result) -> ET.Element:
    scenario = result.scenario
    case = ET.Element(
        "testcase",
        name=visible(scenario.title),
        classname=visible(scenario.name),
    )
    if result.outcome in _ELEMENTS:
        text = feedback.safe(result.mistake or result.message)
        element = ET.SubElement(
            case,
            _ELEMENTS[result.outcome],
            message=text.partition("\n")[0],
            type=result.outcome.value,
        )
        element.text = text
    points = f"points: {shown(result.score)} of {shown(scenario.points)}"
    hidden = "; hidden from students" if scenario.is_hidden else ""
    ET.SubElement(case, "system-out").text = points + hidden
    return case
