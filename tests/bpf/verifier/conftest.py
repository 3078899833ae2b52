"""The verifier, built once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bpf.verifier.host import Verifier


@pytest.fixture(scope="session")
def built_verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    """The library of this host."""
    return Verifier(tmp_path_factory.mktemp("verifier") / "verifier.library")


@pytest.fixture
def verifier(built_verifier: Verifier) -> Iterator[Verifier]:
    """The verifier without a defect, and with enough memory."""
    yield built_verifier
    built_verifier.plant("NONE")
    built_verifier.limit_memory(256 << 20)
