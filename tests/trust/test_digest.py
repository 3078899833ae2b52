"""The kernel's SHA-256, built for this host. Python's own is the witness."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minios.abi.structures import SHA256_BYTES
from tests import c_library

pytestmark = pytest.mark.witness

Digest = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> Digest:
    """The function `sha256` of the kernel's library."""
    library = "minios/kernel/library"
    flags = ["-std=c17", "-fPIC", "-ffreestanding"]
    flags += ["-Iminios/kernel", "-Iminios/abi/include"]
    target = c_library.build(
        tmp_path_factory.mktemp("digest") / "digest.library",
        *flags,
        sources=[f"{library}/sha256.c", f"{library}/text.c"],
    )
    function = ctypes.CDLL(str(target)).sha256
    function.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p)

    def of(message: bytes) -> bytes:
        result = ctypes.create_string_buffer(SHA256_BYTES)
        function(message, len(message), result)
        return result.raw

    return of


def test_the_example_of_the_standard(digest: Digest) -> None:
    """NIST publishes the digest of "abc"."""
    said = "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"
    assert digest(b"abc").hex() == said.replace(" ", "")


def test_every_length_around_a_block(digest: Digest) -> None:
    """The length of the message may need a block of its own."""
    for size in range(200):
        message = bytes(number % 251 for number in range(size))
        assert digest(message) == hashlib.sha256(message).digest(), size


@given(message=st.binary(max_size=1000))
def test_any_message(digest: Digest, message: bytes) -> None:
    """Whatever its bytes are."""
    assert digest(message) == hashlib.sha256(message).digest()
