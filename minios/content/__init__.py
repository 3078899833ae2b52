"""Channel files: compile, inspect, validate, mutate.

A channel file tells the sensor what to look for. It is data, not code: nobody compiles
it into the kernel, it is not signed with the driver, and it can be changed many times a
day. And yet it decides which memory the sensor reads. `minios/abi/content.py` draws the
format, which is our own.

    source.py    TOML as a person writes it -> a typed value
    encode.py    the value -> bytes
    verdict.py   what the sensor's own checks say of bytes, in the sensor's order
    write.py     the value -> TOML, keeping what a person wrote
    draft.py     what stands in the inputs of a form -> the value, and back
    decode.py    bytes that pass them -> the value
    spans.py     which byte is which field, also in a file that is broken
    validate.py  what the vendor asked before a release: the historical validator, the
                 repaired one
    mutate.py    a good file made bad, from a seed
    catalogue.py the files in assets/content and how each is made
    commands.py  `minios content ...`

**What stands behind the array.** The sensor hands its interpreter an array of 20
pointers; a criterion in field 21 makes it load a twenty-first. In the real sensor the
neighbouring memory was whatever happened to be there, and nobody chose it. In minios it
is the detection id of the instance under evaluation, so that an author can choose it:
an id that looks like an address in the kernel's half ends in stop code 0x50, one that
looks like a small number in 0x7E. That is the one thing here made on purpose where the
original was chance; the read itself, and what follows from it, nobody makes.

Left out: regular expressions (patterns know `*` and `?`), encryption.
"""

from minios.content.decode import decode
from minios.content.draft import Draft, FieldRef, Said, draft_of, read_draft, said
from minios.content.encode import encode
from minios.content.errors import ContentError, FileError, SourceError
from minios.content.inspection import Inspection, inspect
from minios.content.model import Action, ChannelFile, Criterion, CriterionKind, Instance
from minios.content.mutate import Mutation, MutationKind, mutate
from minios.content.source import compile_source, read_source
from minios.content.spans import FieldSpan, FilePart
from minios.content.validate import Validator, validate
from minios.content.verdict import Verdict, check
from minios.content.write import rewrite_source, write_source

__all__ = [
    "Action",
    "ChannelFile",
    "ContentError",
    "Criterion",
    "CriterionKind",
    "Draft",
    "FieldRef",
    "FieldSpan",
    "FileError",
    "FilePart",
    "Inspection",
    "Instance",
    "Mutation",
    "MutationKind",
    "Said",
    "SourceError",
    "Validator",
    "Verdict",
    "check",
    "compile_source",
    "decode",
    "draft_of",
    "encode",
    "inspect",
    "mutate",
    "read_draft",
    "read_source",
    "rewrite_source",
    "said",
    "validate",
    "write_source",
]
