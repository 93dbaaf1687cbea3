"""Whatever the kind of file: no word is lost, the order is kept, levels are kept, and no two numbers are joined."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chatbot.corpus.segmentation import split_passages
from chatbot.ingestion.convert import convert
from tests.support.source_files import KINDS, Planned, write_file

INTRO = "This is what the nurse of the ward has written for the family, and it is read out to all of them in the house"
WORDS = st.lists(
    st.sampled_from(["spray", "nurse", "water", "window", "doctor", "sleep", "never", "morning", "needle", "group"]),
    min_size=2,
    max_size=6,
).map(" ".join)
NUMBERED = st.tuples(WORDS, st.integers(2, 40)).map(lambda pair: f"{pair[0]} {pair[1]}")


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Headings with a lead-in and a nested list below, or with a paragraph; every text stands once."""
    blocks = [Planned("heading", "Before all"), Planned("paragraph", f"{INTRO}.")]
    for number in range(draw(st.integers(1, 3))):
        blocks.append(Planned("heading", f"Part {'abcdefgh'[number]} of the sheet"))
        blocks.append(Planned("paragraph", f"Take heed of {draw(NUMBERED)} in {'abcdefgh'[number]}:"))
        depth = -1
        for _ in range(draw(st.integers(1, 6))):
            depth = draw(st.integers(0, min(depth + 1, 2)))
            blocks.append(Planned("item", f"{draw(NUMBERED)} item{len(blocks)}", level=depth))
        blocks.append(
            Planned("paragraph", f"After that {draw(WORDS)} is {draw(st.integers(2, 90))} days long{len(blocks)}.")
        )
    return blocks


def words(text: str) -> list[str]:
    """The words and numbers of a text."""
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=plans())
def test_words_order_and_levels(tmp_path: Path, kind: str, blocks: list[Planned]) -> None:
    """Every word and number comes back once and in order; each item has its level, and stands below its lead-in."""
    converted = convert(write_file(tmp_path / f"plan{kind}", blocks))

    assert words(converted.text) == [word for block in blocks for word in words(block.text)]
    assert list(converted.headings) == [block.text for block in blocks if block.kind == "heading"]
    read = {block.text.strip(): block.level for block in converted.blocks if block.kind == "item"}
    assert read == {block.text: block.level for block in blocks if block.kind == "item"}
    passages = split_passages(converted.text, language="en", headings=(), left_out=())
    for lead_in, item in pairwise(blocks):
        if lead_in.kind == "paragraph" and item.kind == "item":
            place = converted.text.index(item.text)
            passage = next(one for one in passages if one.span.start <= place < one.span.end)
            assert converted.text[passage.span.start :].startswith(lead_in.text)
            levels = [level for level in passage.levels if level]
            following = blocks[blocks.index(item) :]
            planned = [block.level + 1 for block in following[: len(levels)]]
            assert levels == planned


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(2, 90), mark=st.integers(1, 30), others=st.lists(st.integers(2, 90), max_size=3))
def test_note_marks_never_join_numbers(tmp_path: Path, kind: str, number: int, mark: int, others: list[int]) -> None:
    """The mark of a note behind a number is gone, no number is another one, and the mark is in the report."""
    rest = " ".join(f"Then wait {other} minutes." for other in others)
    blocks = [
        Planned("heading", "Waiting"),
        Planned("paragraph", f"{INTRO}. {rest}"),
        Planned("paragraph", f"Wait at the least minutes {number}", note=str(mark)),
    ]
    converted = convert(write_file(tmp_path / f"note{kind}", blocks))

    assert re.findall(r"\d+", converted.text) == [*map(str, others), str(number)]
    told = [remark.words for remark in converted.remarks if "mark of a note" in remark.what]
    assert len(told) == 1
    assert kind == ".md" or str(mark) in told[0]  # Markdown counts its notes anew


@pytest.mark.parametrize("kind", [".html", ".docx", ".md"])
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=NUMBERED, struck=NUMBERED)
def test_struck_words_are_only_in_the_report(tmp_path: Path, kind: str, kept: str, struck: str) -> None:
    """What is struck out is no text, and stands in the report whole."""
    blocks = [
        Planned("heading", "Rules"),
        Planned("paragraph", f"{INTRO}."),
        Planned("paragraph", f"Give her {kept}", struck=f"old rule {struck}"),
    ]
    converted = convert(write_file(tmp_path / f"struck{kind}", blocks))

    assert converted.text.endswith(f"Give her {kept}\n")
    assert [remark.words for remark in converted.remarks if "struck" in remark.what] == [f"old rule {struck}"]


SPOKEN = st.lists(
    st.sampled_from(["spray", "nurse", "water", "window", "doctor", "sleep", "morning", "needle", "group"]),
    min_size=1,
    max_size=2,
).map(" ".join)


@st.composite
def set_apart(draw: st.DrawFn) -> list[Planned]:
    """Paragraphs with boxes and tables between them; every text stands once."""
    blocks = [Planned("heading", "Before all"), Planned("paragraph", f"{INTRO}.")]
    for number in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            blocks.append(Planned("box", f"Never give {draw(NUMBERED)} to a child of the house, box{number}."))
        else:
            heads = tuple(f"{name}{number}" for name in ("Medicine", "Dose", "Time"))
            rows = (
                (f"{draw(SPOKEN)} row{number}x{row}", f"{draw(st.integers(2, 90))} mg", draw(SPOKEN))
                for row in range(draw(st.integers(1, 3)))
            )
            blocks.append(Planned("table", "", rows=(heads, *rows)))
        blocks.append(
            Planned("paragraph", f"After that {draw(WORDS)} is {draw(st.integers(2, 90))} days long{number}.")
        )
    return blocks


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=set_apart())
def test_boxes_and_tables(tmp_path: Path, kind: str, blocks: list[Planned]) -> None:
    """A box stays whole at its place, each row names its columns, and both are in the report; nothing else changes."""
    converted = convert(write_file(tmp_path / f"apart{kind}", blocks))

    planned: list[str] = []
    for block in blocks:
        heads, *rows = block.rows or ((),)
        told_rows = ["; ".join(map(": ".join, zip(heads, row, strict=True))) for row in rows]
        planned += told_rows or [block.text]
    assert [block.text for block in converted.blocks] == planned
    told = "\n".join(map(str, converted.remarks))
    for block in blocks:
        assert all(cell in told for row in block.rows for cell in row)
        assert block.kind != "box" or kind == ".txt" or block.text in told
