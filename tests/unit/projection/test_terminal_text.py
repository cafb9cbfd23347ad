"""What is left of printed text where parts of it were overwritten or left out."""

from __future__ import annotations

import pytest

from maze_nb.projection.terminal_text import TerminalText

CASES = [
    (["plain"], "plain", "text stays as it is"),
    (["a\n", "b\n"], "a\nb\n", "lines follow on each other"),
    (["a", "b"], "ab", "a line goes on with the next piece"),
    (["10 %\r55 %\r100 %"], "100 %", "each state of a bar is written over the one before"),
    (["100 %\r5"], "500 %", "what is not written over stays"),
    (["a\r\nb"], "a\nb", "the line ends of other systems overwrite nothing"),
    (["half\r"], "half", "a return alone takes nothing away"),
    (["half\r", "done\n"], "done\n", "a return at the end of a piece counts for the next"),
    (["abc\b\bX"], "aXc", "a backspace goes back one letter"),
    (["\b\bX"], "X", "and no further than the start"),
    (["abc\r\x1b[Kd"], "d", "a line can be cleared from the cursor on"),
    (["abc\x1b[2Kd"], "   d", "or as a whole"),
    (["one\ntwo\x1b[A\rONE"], "ONE\ntwo", "a bar above another is drawn over in its place"),
    (["0 %\n\r0 %\x1b[A\r50 %\n\r60 %\x1b[A\r99 %\n"], "99 %\n60 %", "as two nested bars do"),
    (["\x1b[31mred\x1b[0m"], "\x1b[31mred\x1b[0m", "colours are kept"),
    (["ab\x1b[31mc\x1b[0m\rxy"], "xy\x1b[31mc\x1b[0m", "and take no room in a line"),
    (["\x1b"], "\x1b", "what is no sequence is text"),
]


@pytest.mark.parametrize(("printed", "shown", "why"), CASES, ids=[case[2] for case in CASES])
def test_printed_text_is_shown_as_on_a_terminal(printed: list[str], shown: str, why: str) -> None:
    text = TerminalText(1_000)
    for part in printed:
        text.write(part)
    assert text.text == shown, why
    assert text.size == len(shown)
    assert text.left_out == 0


@pytest.mark.parametrize(
    "printed", ["x" * 5_000, "line\n" * 1_000, "\n" * 5_000, "a\r" * 5_000, "\x1b[31mred" * 900]
)
@pytest.mark.parametrize("step", [1, 7, 5_000])
def test_of_much_text_the_end_is_kept(printed: str, step: int) -> None:
    text = TerminalText(100)
    for start in range(0, len(printed), step):
        text.write(printed[start : start + step])
    assert text.size == len(text.text) <= 100
    if "\r" not in printed:
        assert printed.endswith(text.text)
        assert text.left_out + text.size == len(printed)


def test_a_bar_that_is_drawn_over_and_over_takes_no_room() -> None:
    text = TerminalText(1_000)
    for number in range(20_000):
        text.write(f"\r{number:6d} of 20000")
    assert text.text == " 19999 of 20000"
    assert text.left_out == 0
