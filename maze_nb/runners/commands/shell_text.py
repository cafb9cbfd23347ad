"""Lines for a shell with placeholders, whose values no shell ever reads as code.

In place of each placeholder stands a variable of the environment, in the quotes that it needs
where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from maze_nb.errors import InputError, nearest
from maze_nb.runners.commands.shell_quotes import CODE, COMMENT, RAW, contexts

Words = str | list[str]
"""What a placeholder stands for: one word, or several."""
OneWord = Callable[[list[str]], str]
"""What several words are where only one can stand."""
_NAME = r"[A-Za-z_]\w*"
# An escaped backslash escapes nothing itself.
_PLACEHOLDER = re.compile(rf"(?<!\\)((?:\\\\)*)(?<!\$)(?:\{{\{{({_NAME})\}}\}}|\{{({_NAME})\}})")
_MOST_TEXT = 100_000


def placeholders(text: str) -> list[str]:
    """Return the names that stand in braces in a text, each once; twice in braces is no name.

    Examples
    --------
    >>> placeholders("sort {rows} > ${HOME}/out; awk '{{print}}' {rows} {seed}")
    ['rows', 'seed']
    """
    return list(dict.fromkeys(found[3] for found in _PLACEHOLDER.finditer(text) if found[3]))


def check_placeholders(texts: Iterable[str], inputs: Iterable[str], where: str) -> None:
    """Raise InputError if something stands in braces that is no input.

    Parameters
    ----------
    where
        Names the task in the error.
    """
    known = tuple(inputs)
    for text in texts:
        for name in placeholders(text):
            if name not in known:
                raise InputError(
                    f"{{{name}}} in the command of {where} is none of its inputs: "
                    f"{nearest(name, known)}; if it is to stay as it is, write {{{{{name}}}}}"
                )


def shell_text(
    line: str, values: Mapping[str, Words], one_word: OneWord = " ".join
) -> tuple[str, dict[str, str]]:
    """Return a line with variables in place of placeholders, and the variables.

    In quotes several words are one.

    Raises
    ------
    InputError
        If a placeholder stands where a shell replaces nothing, or a value cannot be given to a
        program.

    Examples
    --------
    >>> line, variables = shell_text('cat {logs} > "{to}.txt"', {"logs": ["a", "b"], "to": "$x"})
    >>> line
    'cat "${MAZE_ITEM_1_logs}" "${MAZE_ITEM_2_logs}" > "${MAZE_INPUT_to}.txt"'
    >>> variables
    {'MAZE_ITEM_1_logs': 'a', 'MAZE_ITEM_2_logs': 'b', 'MAZE_INPUT_to': '$x'}
    """
    found = list(_PLACEHOLDER.finditer(line))
    made, end = "", 0
    variables: dict[str, str] = {}
    places = [each.end(1) for each in found]
    for match, context in zip(found, contexts(line, places), strict=True):
        made += line[end : match.end(1)]
        end = match.end()
        name = match[3]
        if name is None or context == COMMENT:
            made += match[0][len(match[1]) :] if name else f"{{{match[2]}}}"
        elif context == RAW:
            raise InputError(
                f"{{{name}}} stands in single quotes, in which a shell replaces nothing: end them "
                f"before it, as in 'a '{{{name}}}' b', or write {{{{{name}}}}} if it is no input"
            )
        else:
            value = values[name]
            is_text = context != CODE and not isinstance(value, str)
            given = _variables(name, one_word(list(value)) if is_text else value)
            variables.update(given)
            quoted = '"${%s}"' if context == CODE else "${%s}"
            made += " ".join(quoted % each for each in given)
    return made + line[end:], variables


def filled(text: str, values: Mapping[str, Words], one_word: OneWord = " ".join) -> str:
    """Return a text that no shell reads with the values in place of placeholders.

    Examples
    --------
    >>> filled("{src}/sub {{src}}", {"src": "/tmp/a b"})
    '/tmp/a b/sub {src}'
    """

    def value(match: re.Match[str]) -> str:
        if match[3] is None:
            return f"{match[1]}{{{match[2]}}}"
        found = values[match[3]]
        return match[1] + (found if isinstance(found, str) else one_word(found))

    return _PLACEHOLDER.sub(value, text)


def filled_words(
    words: Sequence[str], values: Mapping[str, Words], one_word: OneWord = " ".join
) -> list[str]:
    """Return the words of a program with values; what stands for several becomes several.

    Examples
    --------
    >>> filled_words(["cat", "{logs}", "-n{n}"], {"logs": ["a", "b c"], "n": "1"})
    ['cat', 'a', 'b c', '-n1']
    """
    made: list[str] = []
    for word in words:
        whole = _PLACEHOLDER.fullmatch(word)
        several = values[whole[3]] if whole and whole[3] and not whole[1] else ""
        made += several if isinstance(several, list) else [filled(word, values, one_word)]
    return made


def can_be_given(text: str) -> bool:
    """Return whether a program can be given a text as a variable."""
    return "\0" not in text and len(text) <= _MOST_TEXT


def _variables(name: str, value: Words) -> dict[str, str]:
    if isinstance(value, str):
        given = {f"MAZE_INPUT_{name}": value}
    else:
        given = {f"MAZE_ITEM_{at}_{name}": each for at, each in enumerate(value, 1)}
    for each in given.values():
        if "\0" in each:
            raise InputError(f"input {name!r} has a null byte in it, which no program can be given")
        if len(each) > _MOST_TEXT:
            raise InputError(
                f"input {name!r} is a text of {len(each)} characters, more than a command can "
                f"be given: leave it in a file, and give that"
            )
    return given
