"""Making guest code and reading it: compiler, ELF, symbols, plugin manifests.

Everything the machine runs is made here from C, by a compiler that is a Python wheel
(ziglang), so that a fresh clone needs nothing but Python. What is made is checked
before anybody may boot it (`checks.py`), because a kernel that is subtly wrong fails
far from its cause.

Reading order: `recipe.py` (what is built from what), `toolchain.py` (how), `guest.py`
(when), `checks.py` (what is refused), then `elf.py` and `symbols.py` (from an address
back to a line).

Imports the standard library, pyelftools, capstone, msgspec and `minios.abi`: nothing
that needs an engine, so that the build hook can use it in isolation.
"""
