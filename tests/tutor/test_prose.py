"""The text of a lesson, as values and as lines for a listener."""

from __future__ import annotations

import pytest

from minios.tutor import prose


def test_links_tell_their_line_words_and_target() -> None:
    """A word of the glossary may have a space in it."""
    found = prose.read(
        "A [ring](glossary:ring)\nand a [`fault`](<glossary:page fault>)"
    )
    assert found.links == (
        prose.Link(1, "ring", "glossary:ring"),
        prose.Link(2, "`fault`", "glossary:page fault"),
    )


def test_facts_are_found_where_they_are_named() -> None:
    """In a paragraph, in a list, twice in a row, and in a table."""
    found = prose.read("One [F1].\n\n- two [F2][F30]\n\n| a |\n|---|\n| three [F4] |")
    assert found.facts == ("F1", "F2", "F30", "F4")
    assert [it.line for it in found.passages] == [1, 3, 5, 7]


def test_facts_in_code_are_no_facts() -> None:
    """An index in a piece of code looks the same."""
    assert prose.read("```c\na[F1]\n```").facts == ()


def test_a_row_of_a_table_is_one_passage() -> None:
    """So a fact in the last column holds for the whole row."""
    found = prose.read("| a | b |\n|---|---|\n| Apple | so [F1] |")
    assert found.passages[-1].words == "Apple | so [F1]"
    assert found.passages[-1].facts == ("F1",)


def test_quotes_name_the_file_and_the_piece() -> None:
    """The comment is no HTML that anybody would see."""
    found = prose.read("<!-- cut from a/b.c: the loop -->\n```c\nx\n```")
    assert found.quotes == ("a/b.c: the loop",)
    assert found.foreign == ()


def test_headings_can_be_led_to() -> None:
    """As GitHub does it."""
    assert prose.read("## What a `ring` is, once more").anchors == {
        "what-a-ring-is-once-more"
    }


@pytest.mark.parametrize(
    "foreign", ["<div>a</div>", "a <b>c</b>", "a ![b](c.png)", "<!-- a --> <b>"]
)
def test_html_and_pictures_are_found(foreign: str) -> None:
    """Terminals show neither."""
    assert 3 in prose.read(f"One\n\n{foreign}").foreign


def test_a_paragraph_is_one_line_without_signs() -> None:
    """No stars, no targets; what is to be typed keeps its marks."""
    assert prose.lines("A *ring* is\na [level](glossary:ring) [F3]. Type `ps`.") == (
        "A ring is a level (F3). Type `ps`.",
    )


def test_headings_and_lists_are_heard() -> None:
    """A list in a list stands further to the right."""
    heard = prose.lines("# Rings\n\n1. one\n2. two\n   - deep\n     er\n\nEnd")
    assert heard == (
        "Section: Rings",
        "",
        "1. one",
        "2. two",
        "   - deep er",
        "",
        "End",
    )


def test_code_is_heard_with_its_origin_and_its_end() -> None:
    """A listener cannot see a frame around it."""
    heard = prose.lines("<!-- cut from a.c: x -->\n```c\nif (a) {\n    b;\n}\n```")
    assert heard == (
        "Code in C from a.c:",
        "    if (a) {",
        "        b;",
        "    }",
        "End of the code.",
    )


def test_a_row_of_a_table_is_heard_with_its_columns() -> None:
    """An empty cell is not heard."""
    heard = prose.lines("| ring | who |\n|---|---|\n| 0 | the *kernel* |\n| 3 |  |")
    assert heard == (
        "Table: ring, who.",
        "Row 1. ring: 0; who: the kernel",
        "Row 2. ring: 3",
    )


def test_lines_are_broken_at_a_width_but_code_is_not() -> None:
    """What continues an item stands below its first word."""
    heard = prose.lines("- one two three\n\n```\nlong long long long\n```", 11)
    assert heard == (
        "- one two",
        "  three",
        "",
        "Code:",
        "    long long long long",
        "End of the",
        "code.",
    )


def test_quotations_begin_and_end() -> None:
    """A listener cannot see the bar beside it."""
    assert prose.lines("> Never\n> mind") == (
        "Quotation:",
        "Never mind",
        "End of the quotation.",
    )


def test_html_is_heard_as_it_stands() -> None:
    """It is refused elsewhere; here nothing is lost."""
    assert prose.lines("a <b>c</b>") == ("a <b>c</b>",)
    assert prose.lines("<div>a</div>") == ("<div>a</div>",)


def test_comments_are_not_heard() -> None:
    """They are for authors."""
    assert prose.lines("One\n\n<!-- to translators -->\n\nTwo") == ("One", "", "Two")


@pytest.mark.parametrize("sign", ["[", "![", "> ", "- ", "| a ", "`a ``", "*a _"])
def test_a_hostile_text_is_read(sign: str) -> None:
    """A text that makes parsers slow or deep."""
    hostile = f"{sign * (1900 // len(sign))}\n" * 8
    prose.read(hostile)
    prose.lines(hostile, 60)
