"""Lines for a shell: values in placeholders arrive as they are, in whatever quotes."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from maze_nb.errors import InputError
from maze_nb.runners.commands.shell_text import (
    check_placeholders,
    filled,
    filled_words,
    placeholders,
    shell_text,
)

NASTY = ["$(touch x)", "a b  c", "`touch x`", "'\"", "*", "", "\\", "a\nb", "-n", "~", "é;exit 3"]
SHELLS = [shell for shell in ("bash", "sh") if shutil.which(shell)]


def printed(line: str, values: dict[str, object], shell: str, folder) -> str:
    text, variables = shell_text(line, values)
    done = subprocess.run(
        [shell, "-c", text],
        env={**os.environ, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("printf %s {x}", "{x}"),
        ('printf %s "<{x}>"', "<{x}>"),
        ("printf %s 'a '{x}' b'", "a {x} b"),
        ("printf %s a{x}b", "a{x}b"),
        ('printf %s "$(printf %s {x}.)"', "{x}."),
        ('printf %s "$(printf %s "{x}.")"', "{x}."),
        ("printf %s \"a'{x}'\"", "a'{x}'"),
        ("printf %s \\\"{x}\\'", "\"{x}'"),
        ("cat <<END\n<{x}>\nEND\nprintf %s {x}", "<{x}>\n{x}"),
        ("cat <<-END; printf %s {x}\n\t<{x}> 'a'\n\tEND\n", "<{x}> 'a'\n{x}"),
        ("printf %s \\\n {x} # it's {x} \"", "{x}"),
        ("# it's\nprintf %s {x}", "{x}"),
        ("f() { printf %s {x}; }; f", "{x}"),
        ("for i in 1 2; do printf %s {x}; done", "{x}{x}"),
        ("(printf %s {x})", "{x}"),
        ('echo $((1 << 2))\nprintf %s "{x}"', "4\n{x}"),
        ("printf %s ${{HOME:+}}{x}{{x}}", "{x}{{x}}"),
    ],
)
def test_any_value_arrives_as_it_is_wherever_it_stands(line, expected, shell, tmp_path) -> None:
    line = line.replace("${{HOME:+}}", "${HOME:+}")
    for value in NASTY:
        told = expected.replace("{{x}}", "\0").replace("{x}", value).replace("\0", "{x}")
        assert printed(line, {"x": value}, shell, tmp_path) == told


@pytest.mark.parametrize("shell", SHELLS)
def test_several_words_stay_apart(shell, tmp_path) -> None:
    line = 'printf "<%s>" {many} "{many}" {none}'
    found = printed(line, {"many": ["a b", "*"], "none": []}, shell, tmp_path)
    assert found == "<a b><*><a b *>"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("awk '{x}' file", "{x} stands in single quotes"),
        ("echo $'a{x}'", "single quotes"),
        ("cat <<'END'\n{x}\nEND", "single quotes"),
        ("cat <<\\END\n{x}\nEND", "single quotes"),
    ],
)
def test_where_a_shell_replaces_nothing_is_said(line, said) -> None:
    with pytest.raises(InputError) as found:
        shell_text(line, {"x": "1"})
    assert said in str(found.value)


@pytest.mark.parametrize(("value", "said"), [("a\0b", "null byte"), ("x" * 100_001, "100001")])
def test_values_that_no_program_can_be_given(value, said) -> None:
    with pytest.raises(InputError, match=said):
        shell_text("echo {x}", {"x": value})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cp {a} {b} {a}", ["a", "b"]),
        ("echo ${HOME} {} {1..3} {a,b} {a.b} { x; }", []),
        ("find . -exec echo {} \\;", []),
        ("awk '{{print}}' \\{a} {a_1}", ["a_1"]),
    ],
)
def test_what_is_a_placeholder(text, names) -> None:
    assert placeholders(text) == names


def test_one_that_is_no_input_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError) as found:
        check_placeholders(["make {scr}"], ["src", "out"], "task 'build'")
    assert "{scr} in the command of task 'build' is none of its inputs" in str(found.value)
    assert "'src'" in str(found.value)
    assert "{{scr}}" in str(found.value)


def test_texts_and_words_that_no_shell_reads() -> None:
    values = {"a": "x y", "many": ["1", "2 3"]}
    assert filled("{a}/{{a}}/{many}", values) == "x y/{a}/1 2 3"
    assert filled_words(["p", "{many}", "-{many}", "{a}"], values) == [
        "p", "1", "2 3", "-1 2 3", "x y",
    ]  # fmt: skip
