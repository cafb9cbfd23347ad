"""The end of what a program printed, as the error tells of it with which its task fails."""

from __future__ import annotations

MARK = "\nIts last output:\n"
"""What stands before it."""


def told_output(last: str) -> str:
    r"""Return what an error says of the last output; what is before it says how it ended.

    Examples
    --------
    >>> told_output("no such file")
    '\nIts last output:\nno such file'
    >>> told_output("")
    ' and printed nothing'
    """
    return f"{MARK}{last}" if last else " and printed nothing"
