"""Task states and kinds as small drawings, the same whatever fonts there are."""

from __future__ import annotations

from maze_nb.projection.looks import task_look

_RING = '<circle r="5.2" fill="none"{0}/>'
_SHAPES: dict[str, str] = {
    "waiting": _RING.format(""),
    "pending": _RING.format(' stroke-dasharray="2.2 1.9"'),
    "running": _RING.format("") + '<path d="M0-5.2A5.2 5.2 0 0 0 0 5.2Z" fill="{colour}"/>',
    "succeeded": '<path d="M-4.6 .4-1.4 3.8 4.8-3.8" fill="none"/>',
    "cached": _RING.format("") + '<path d="M-2.6 .3-.8 2.2 2.7-2.1" fill="none"/>',
    "was_running": _RING.format("") + '<path d="M-5.2 0A5.2 5.2 0 0 0 5.2 0Z" fill="{colour}"/>',
    "failed": '<path d="M-4-4 4 4M4-4-4 4" fill="none"/>',
    "skipped": '<path d="M-5 3.2C-4.6-4.6 3.4-4.8 4 1.6M1 -.6 4 2.4 6-1.2" fill="none"/>',
    "cancelled": _RING.format("") + '<path d="M-3.7 3.7 3.7-3.7"/>',
    "retrying": '<path d="M4.9-1.2A5 5 0 1 0 4.4 2.6M5.4-4.8 5-1 1.4-1.8" fill="none"/>',
}

_PROMPT = "M-4.4-3-1.4 0-4.4 3M.4 3.2H4.4"
_KINDS = {
    "command": _PROMPT,
    "shell": _PROMPT,
    "container": "M0-4.8 4.6-2.5V2.5L0 4.8-4.6 2.5V-2.5ZM-4.6-2.5 0-.2 4.6-2.5M0-.2V4.8",
    "notebook": "M-3-4.7H4.2V4.7H-3ZM-4.6-2.2H-3M-4.6 2.2H-3M-.8-2H2.2M-.8.5H2.2",
}


def icon_svg(state: str, x: float, y: float) -> str:
    """Return the drawing of a state, about 12 units wide, centred on a point.

    Parameters
    ----------
    state
        A task state; an unknown one is drawn as a question mark.
    x, y
        The centre.
    """
    look = task_look(state)
    at = f'<g transform="translate({x:g} {y:g})"'
    shape = _SHAPES.get(state)
    if shape is None:
        mark = f'<text text-anchor="middle" y="4.5" fill="{look.colour}">{look.glyph}</text>'
        return f"{at}>{mark}</g>"
    strokes = f'stroke="{look.colour}" stroke-width="1.8" stroke-linecap="round"'
    return f"{at} {strokes}>{shape.replace('{colour}', look.colour)}</g>"


def kind_svg(kind: str, x: float, y: float, colour: str) -> str:
    """Return the drawing of a kind of task, about 10 units wide, centred on a point."""
    return (
        f'<path transform="translate({x:g} {y:g})" d="{_KINDS[kind]}" fill="none"'
        f' stroke="{colour}" stroke-linecap="round" stroke-linejoin="round"/>'
    )
