"""Files of all kinds that a source can say, and an empty form."""

from __future__ import annotations

from hypothesis import strategies as st

from minios.abi.content import IPC
from minios.content import ChannelFile, Criterion, Draft, Instance, draft_of
from minios.content.source import criterion

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
criteria = texts.map(lambda text: criterion(text, "")) | st.just(Criterion())
instances = st.builds(
    Instance,
    template=st.just(IPC.name),
    detection=st.integers(0, (1 << 64) - 1),
    criteria=st.tuples(*[criteria] * len(IPC.fields)),
)
files = st.builds(
    ChannelFile,
    channel=st.just(291),
    version=st.integers(0, (1 << 32) - 1),
    instances=st.lists(instances, max_size=3).map(tuple),
)


def blank() -> Draft:
    """One instance in which all is a wildcard."""
    return draft_of(ChannelFile(291, 4, ())).with_instance()
