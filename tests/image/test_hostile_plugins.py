"""A stranger's plugin reads nothing outside of its folder, and keeps nothing busy.

Each source tries to bring the canary, a file beside the plugin's folder, into the image
or into a message; or it tries to use up time, memory or disk.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minios.errors import ImageError
from minios.image import plugins

CANARY = "canary_5eb1"
MANIFEST = """\
name = "toy"
version = "1.0"
license = "MIT"
description = "is not kind"
kinds = ["driver"]
"""
GOOD = """\
#include <minios/plugin.h>

static int start(void) { return 0; }

const struct plugin plugin = {.name = "toy", .start = start};
"""
EMBED = "is not allowed"
UNSEEN = "file not found"
ASM = "the assembly `.*` is not allowed"

_HIDDEN = (
    '#pragma clang diagnostic ignored "-Wunknown-attributes"\n#define H #\n'
    '[[foo::bar({} )]] extern char c[]; __asm__(".incbin \\"{{canary}}\\"");'
)

TEXTS = {
    # Files of the host by #include: the compiler does not see them.
    "include, absolute": ('#include "{canary}"', UNSEEN),
    "include, upwards": ('#include "../canary.h"', UNSEEN),
    "include, upwards in brackets": ("#include <../canary.h>", UNSEEN),
    "include, by macro": ('#define F "{canary}"\n#include F', UNSEEN),
    "include, by stringizing": (
        "#define S(x) #x\n#define T(x) S(x)\n#include T({canary})",
        UNSEEN,
    ),
    "include_next": ('#include_next "{canary}"', UNSEEN),
    "import": ('#import "{canary}"', UNSEEN),
    "include, through a folder": ('#include "parts/../../canary.h"', UNSEEN),
    "include of the kernel": ('#include "minios/kernel/kernel.h"', UNSEEN),
    "include of standard input": ('#include "/dev/stdin"', UNSEEN),
    "__has_include": ('#if __has_include("{canary}")\n#error seen\n#endif', ""),
    "__has_include, by macro": (
        '#define H __has_include\n#if H("{canary}")\n#error seen\n#endif',
        "",
    ),
    "__has_embed": ('#if __has_embed("{canary}")\n#error seen\n#endif', ""),
    "pragma dependency": ('#pragma GCC dependency "{canary}"', "fil|not allowed"),
    # #embed, whose letters may be split.
    "embed": ('char c[] = {{\n#embed "{canary}"\n}};', EMBED),
    "embed, by macro": ('#define F "{canary}"\nchar c[] = {{\n#embed F\n}};', EMBED),
    "embed, digraph": ('char c[] = {{\n%:embed "{canary}"\n}};', EMBED),
    "embed, digraph with blanks": ('%: \t embed "{canary}"', EMBED),
    "embed, trigraph": ('char c[] = {{\n??=embed "{canary}"\n}};', EMBED),
    "embed, spliced": ('char c[] = {{\n#em\\\nbed "{canary}"\n}};', EMBED),
    "embed, spliced with blanks": ('#em\\ \t\nbed "{canary}"', EMBED),
    "embed, spliced as on Windows": ('#em\\\r\nbed "{canary}"', EMBED),
    "embed, spliced as on old Macs": ('#em\\\rbed "{canary}"', EMBED),
    "embed, spliced by trigraph": ('#em??/\nbed "{canary}"', EMBED),
    "embed, behind a comment": ('#/* */embed "{canary}"', EMBED),
    "embed, behind comments in lines": ('#/*\n*/ /* */ embed "{canary}"', EMBED),
    "embed, after a string with a comment": (
        'char *s = "/*";\n#embed "{canary}"\nchar *t = "*/";',
        EMBED,
    ),
    "embed, behind a blank of Unicode": ('#\u2003embed "{canary}"', EMBED),
    "embed in a header": ('#include "bad.h"', EMBED),
    # Inline assembly: only instructions.
    "incbin": ('__asm__(".incbin \\"{canary}\\"");', ASM),
    "include of the assembler": ('__asm__(".include \\"{canary}\\"");', ASM),
    "incbin, split string": ('__asm__(".inc" "bin \\"{canary}\\"");', ASM),
    "incbin, split lines": ('__asm__("nop\\n" ".incbin \\"{canary}\\"");', ASM),
    "incbin, after a semicolon": ('__asm__("nop; .incbin \\"{canary}\\"");', ASM),
    "incbin, after a label": ('__asm__("a: .incbin \\"{canary}\\"");', ASM),
    "incbin, octal": ('__asm__("\\056incbin \\"{canary}\\"");', ASM),
    "incbin, hexadecimal": ('__asm__("\\x2eincbin \\"{canary}\\"");', ASM),
    "incbin, universal name": ('__asm__("\\u002eincbin \\"{canary}\\"");', ASM),
    "incbin, dialects": ('__asm__("{{nop;.incbin \\"{canary}\\"|nop}}");', ASM),
    "incbin, in a comment's wake": ('__asm__("/*\\n*/ .incbin \\"{canary}\\"");', ASM),
    "incbin, asm by macro": ('#define A __asm__\nA(".incbin \\"{canary}\\"");', ASM),
    "incbin, asm by pasting": (
        '#define C(a, b) a##b\nC(__as, m__)(".incbin \\"{canary}\\"");',
        ASM,
    ),
    "incbin, asm by universal name": (
        '__\\u0061sm__(".incbin \\"{canary}\\"");',
        "universal character name",
    ),
    "incbin, text by stringizing": (
        "#define S(x) #x\n__asm__(S(.incbin {canary}));",
        ASM,
    ),
    "incbin, in a function": (
        'void f(void) {{ __asm volatile(".incbin \\"{canary}\\""); }}',
        ASM,
    ),
    "incbin, goto": (
        'void f(void) {{ __asm__ goto(".incbin \\"{canary}\\"" :::: x); x:; }}',
        ASM,
    ),
    "incbin, behind a line marker": (
        '__asm__("nop\\n"\n#line 5\n".incbin \\"{canary}\\"");',
        ASM,
    ),
    # A `#` that a macro has made is no directive for the compiler, so what stands
    # behind it in the line is code. An unknown attribute may hold any token.
    **{
        f"incbin, behind a {name} that is none": (
            _HIDDEN.format(f"\nH {behind}"),
            EMBED,
        )
        for name, behind in (
            ("line marker", "1"),
            ("line marker with a file", '1 "drivers/toy/toy.c"'),
            ("pragma pack", "pragma pack("),
            ("pragma diagnostic", "pragma clang diagnostic ignored"),
            ("pragma diagnostic with a name", 'pragma clang diagnostic ignored "-Wx"'),
            ("pragma once", "pragma once"),
            ("word", "x"),
        )
    },
    "incbin, behind a number sign in a line": (
        _HIDDEN.format("x H 1"),
        EMBED,
    ),
    "a symbol's name": ('extern int x __asm__("a\\n.incbin \\"{canary}\\"");', ASM),
    "a macro of the assembler": ('__asm__(".macro nop\\n.endm");', ASM),
    "a section of the assembler": ('__asm__(".section .note.minios");', ASM),
    "assembly of wide characters": ('__asm__(L"nop");', "no plain string"),
    "assembly that is a raw string": ('__asm__(R"(nop)");', "no plain string"),
    # Others that have a meaning beyond the C text.
    "pragma comment": ('#pragma comment(lib, "{canary}")', EMBED),
    "pragma comment, by operator": ('_Pragma("comment(lib, \\"{canary}\\")")', EMBED),
    "pragma comment, digraph": ('%:pragma comment(lib, "{canary}")', EMBED),
    "pragma clang module": ("#pragma clang module import x", "not found"),
    "pragma that crashes the compiler": ("#pragma clang __debug crash", "crashes the"),
    "ident": ('#ident "x"', EMBED),
    "line": ('#line 1 "{canary}"', EMBED),
    "line, upwards": ('#line 1 "drivers/toy/../../canary.h"', EMBED),
    "line marker": ('# 1 "{canary}"', EMBED),
    "line, by macro": ('#define L 1 "{canary}"\n#line L', EMBED),
    "date": ("const char *when = __DATE__;", "date or time"),
    "time": ("const char *when = __TIME__;", "date or time"),
    "time of the file": ("const char *when = __TIMESTAMP__;", "date or time"),
    "manifest of its own": (
        '__attribute__((section(".note.minios"), used)) static const int forged = 1;',
        "manifest",
    ),
    "terminal codes": ("#error \x1b[2J", "control character"),
    "null bytes": ("int a\0b;", "control character"),
    # Time, memory and disk.
    "macros that grow": (
        "#define A0 x x x x x x x x x x\n"
        + "".join(f"#define A{n} {f'A{n - 1} ' * 10}\n" for n in range(1, 10))
        + "int y = A9;",
        "refused: compiling toy.c (writes|needs) more than",
    ),
    "macros that grow less": (
        "#define A0 x x x x x x x x x x\n"
        + "".join(f"#define A{n} {f'A{n - 1} ' * 10}\n" for n in range(1, 6))
        + "int y = A5;",
        "more than 1024 KiB of text",
    ),
    "includes that grow": ('#include "self.h"\n#include "self.h"', "nested too"),
    "a large array": ("char big[1ul << 33] = {{1}};", "writes more than 4 MiB"),
    "a large array of zeros": (
        "char big[1ul << 40];",
        "it needs 1073741824 KiB of memory, and may have 256",
    ),
    "nesting": (f"int x = {'(' * 9999}1{')' * 9999};", "nesting level exceeded"),
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A good plugin, and the canary beside its folder."""
    folder = tmp_path / "toy"
    (folder / "parts").mkdir(parents=True)
    (folder / "plugin.toml").write_text(MANIFEST, "utf-8")
    (folder / "toy.c").write_text(GOOD, "utf-8")
    (folder / "self.h").write_text('#include "self.h"\n#include "self.h"\n', "utf-8")
    (folder / "parts/list.h").write_text("int list;\n", "utf-8")
    (tmp_path / "canary.h").write_text(f"int {CANARY} = 1;\n", "utf-8")
    return folder


@pytest.mark.parametrize(("text", "words"), TEXTS.values(), ids=TEXTS)
def test_a_hostile_text_is_refused_or_reads_nothing(
    toy: Path, text: str, words: str
) -> None:
    """Without words to expect, it builds, and the canary is in no image."""
    canary = toy.parent / "canary.h"
    hostile = text.format(canary=canary.as_posix())
    (toy / "toy.c").write_bytes((GOOD + hostile + "\n").encode())
    (toy / "bad.h").write_text(f'#embed "{canary}"\n', "utf-8")
    if '"bad.h"' not in text:
        (toy / "bad.h").unlink()

    message = ""
    try:
        built = plugins.build(toy)
    except ImageError as error:
        message = str(error)
    else:
        assert not [it for it in built.images if CANARY.encode() in it.whole]

    assert re.search(words, message) if words else not message
    assert CANARY not in message
    assert "\x1b" not in message
    assert sorted(it.name for it in toy.parent.iterdir()) == ["canary.h", "toy"]
