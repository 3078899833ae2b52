"""eBPF programs outside of the guest: their text, their bytes, and their images.

`minios/abi/bpf.py` has the numbers that the kernel and we agree on. Here is what people
need around them:

    instructions.py   the instruction table of RFC 9669, one row for each instruction
    assembly.py       text -> bytes
    disassembly.py    bytes -> text
    image.py          programs and maps -> the image that the kernel loads
    object_file.py    the compiler's object file -> programs and maps
    elf_tables.py     ... its sections, symbols and relocations
    source_lines.py   ... from which line of C each instruction comes

Nothing here decides whether a program may run. Only the verifier of the kernel does.
"""
