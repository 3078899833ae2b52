"""Files of all kinds that a source can say, and an empty form."""

from __future__ import annotations

from hypothesis import strategies as st

from minios.abi.content import TEMPLATE_TYPES, TemplateType
from minios.content import ChannelFile, Criterion, Draft, Instance, draft_of
from minios.content.model import actions_of
from minios.content.source import criterion

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
criteria = texts.map(lambda text: criterion(text, "")) | st.just(Criterion())


def _instances(template: TemplateType) -> st.SearchStrategy[Instance]:
    return st.builds(
        Instance,
        template=st.just(template.name),
        detection=st.integers(0, (1 << 64) - 1),
        criteria=st.tuples(*[criteria] * len(template.fields)),
        action=st.sampled_from(actions_of(template)),
    )


instances = st.sampled_from(TEMPLATE_TYPES).flatmap(_instances)
files = st.builds(
    ChannelFile,
    channel=st.just(291),
    version=st.integers(0, (1 << 32) - 1),
    instances=st.lists(instances, max_size=3).map(tuple),
)


def blank() -> Draft:
    """One instance in which all is a wildcard."""
    return draft_of(ChannelFile(291, 4, ())).with_instance()
