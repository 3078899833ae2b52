"""Make guest code and read it: compiler, ELF, symbols, plugin manifests.

Everything that the machine runs is made here from C. The compiler is a Python package
(ziglang), so that a fresh clone needs only Python. Each result is checked before a
machine may boot it (`checks.py`), because a kernel with a small mistake fails far from
the cause.

Reading order: `recipe.py` (what is built from what), `toolchain.py` (how), `guest.py`
(when), `checks.py` (what is refused), then `elf.py` and `symbols.py` (from an address
back to a line). Plugins from any folder: `plugins.py`, `plugin_folder.py`,
`sandbox.py`, `plugin_text.py`, `host_limits.py`, `plugin_messages.py`.

The package imports the standard library, pyelftools, capstone, msgspec and
`minios.abi`, but nothing that needs an engine. So the build hook can use it alone.
"""
