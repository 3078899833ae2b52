"""The content pipeline: from the vendor's desk to the customers' machines.

    with Pipeline(["channel-291-bad"]) as pipeline:
        pipeline.run(Switches()).of("channel-291-bad").crashed              # 12
        pipeline.run(Switches(validator=True)).of("channel-291-bad").crashed     # 0

Six switches (`switches.py`) stand for the six findings of the public analysis of July
2024. Nothing is assumed: the sensors are real builds, and the files run in real
machines.

    switches.py     the six switches and their settings
    definitions.py  how many fields an event has
    files.py        the content files, and the tests of the sensor
    sensors.py      the builds of the sensor, and the check of its build
    runs.py         real machines get a file
    stages.py       what each stage says
    outcome.py      what came of it, in one value
    pipeline.py     the files go through the stages
    table.py        all settings
    writing.py      JSON and CSV

Left out: customers who run an older sensor, and machines that a corrected file reaches
later. Nothing here prints or knows an interface.
"""

from minios.image.variants import Bounds
from minios.tutor.pipeline.outcome import Outcome
from minios.tutor.pipeline.pipeline import Outcomes, Pending, Pipeline, Sight
from minios.tutor.pipeline.runs import End, Ran
from minios.tutor.pipeline.stages import Sensor, Stage, Step, Verdict
from minios.tutor.pipeline.switches import (
    HISTORICAL,
    SWITCHES,
    TITLE,
    WORDS,
    Switch,
    Switches,
)
from minios.tutor.pipeline.table import Group, Table, table

__all__ = [
    "HISTORICAL",
    "SWITCHES",
    "TITLE",
    "WORDS",
    "Bounds",
    "End",
    "Group",
    "Outcome",
    "Outcomes",
    "Pending",
    "Pipeline",
    "Ran",
    "Sensor",
    "Sight",
    "Stage",
    "Step",
    "Switch",
    "Switches",
    "Table",
    "Verdict",
    "table",
]
