"""A still picture of a graph, with the states of a run where given, as self-contained SVG.

Cards are light and opaque and lines are of a middle grey, so that the picture can be read on any
background, also where it is shown as an image and the page's colours do not reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from maze_nb.model.rows import Snapshot
from maze_nb.projection.card_face import Face, face_of, look_colour
from maze_nb.projection.cards import Cards, cards_of
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.humane import count_text
from maze_nb.projection.icons import icon_svg, kind_svg
from maze_nb.projection.layout import Layout, layered
from maze_nb.projection.looks import CACHED, WAS_RUNNING, task_look, tint
from maze_nb.projection.marks import MARK_LOOKS, STALE, Marks, marked
from maze_nb.projection.markup import fitted_text, markup_text, text_width

CARDS_DRAWN = 150
"""Above so many boxes likes are folded into one."""
CARDS_MOST = 600
"""Above so many boxes after folding there is no picture worth drawing."""
EDGES_NAMED = 300

_MARGIN = 10.0
_COLUMN_GAP = 48.0
_ROW_GAP = 12.0
_LETTER = 7.6
_SMALL_LETTER = 6.3
_LABEL_LETTERS = 28
_SIGN = 14.0

_LIVELY = {"running", "succeeded", "failed", "retrying", CACHED, WAS_RUNNING}
_INK = "#1f1f1f"
_FAINT_INK = "#5c5c5c"
_FADED_INK = "#767676"
_LINE = "#8c8c8c"
_FONT = "system-ui,-apple-system,Segoe UI,Helvetica Neue,Arial,DejaVu Sans,sans-serif"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn graph: the SVG element, its size in pixels, and what it shows in words."""

    svg: str
    width: float
    height: float
    alt: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where everything goes: a left edge and width for each column, one height for all cards."""

    layout: Layout
    lefts: list[float]
    widths: list[float]
    card_height: float

    def y(self, row: float) -> float:
        """Return the middle of a row."""
        return _MARGIN + row * (self.card_height + _ROW_GAP) + self.card_height / 2

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole picture."""
        width = self.lefts[-1] + self.widths[-1] + _MARGIN
        return width, self.y(self.layout.height - 1) + self.card_height / 2 + _MARGIN


def graph_picture(shape: GraphShape, snapshot: Snapshot | None = None) -> Picture | None:
    """Draw a graph, or return None when it has no tasks, or too many unlike ones to draw.

    Parameters
    ----------
    shape
        The graph. Large ones are folded: likes of one layer, then tasks in a row, share a card
        with their counts.
    snapshot
        What is known of a run of it; without one no states are drawn.
    """
    cards = cards_of(shape, CARDS_DRAWN)
    if not cards.cards or len(cards.cards) > CARDS_MOST:
        return None
    faces = {card.id: face_of(card, shape, snapshot) for card in cards.cards.values()}
    sheet = _sheet(layered(list(cards.cards), cards.edges), faces)
    body = _edges_svg(cards, faces, sheet)
    body += "".join(_card_svg(card_id, face, sheet) for card_id, face in faces.items())
    width, height = sheet.size
    alt = f"{shape.name}: graph of {count_text(len(shape.tasks), 'task')}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{markup_text(alt)}"'
        f' width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
        f' font-family="{_FONT}">{body}</svg>'
    )
    return Picture(svg, width, height, alt)


def graph_svg(
    graph: Mapping[str, object], snapshot: Snapshot | None = None, *, marks: Marks | None = None
) -> str:
    """Return the picture of a graph as an SVG document; empty when there is none to draw."""
    picture = graph_picture(shape_of(marked(graph, marks)), snapshot)
    return picture.svg if picture is not None else ""


def _sheet(layout: Layout, faces: Mapping[str, Face]) -> _Sheet:
    widths = [0.0] * layout.columns
    for card_id, (column, _) in layout.place.items():
        widths[column] = max(widths[column], _card_width(faces[card_id]))
    lefts = [_MARGIN, *accumulate(widths, lambda left, width: left + width, initial=_MARGIN)][1:-1]
    lefts = [left + column * _COLUMN_GAP for column, left in enumerate(lefts)]
    has_notes = any(face.note for face in faces.values())
    has_bars = any(face.counts for face in faces.values())
    return _Sheet(
        layout, lefts, widths, card_height=50.0 if has_bars else 44.0 if has_notes else 30.0
    )


def _card_width(face: Face) -> float:
    label = min(text_width(face.label), _LABEL_LETTERS) * _LETTER
    time = (text_width(face.time) * _SMALL_LETTER + 12) if face.time else 0.0
    note = min(text_width(face.note), _LABEL_LETTERS) * _SMALL_LETTER + _sign_room(face)
    return round(max(76.0, _text_left(face) + max(label + time, note) + 10))


def _text_left(face: Face) -> float:
    return 12.0 if face.state is None else 28.0


def _sign_room(face: Face) -> float:
    return _SIGN if face.kind else 0.0


def _card_svg(card_id: str, face: Face, sheet: _Sheet) -> str:
    column, row = sheet.layout.place[card_id]
    x, width, height = sheet.lefts[column], sheet.widths[column], sheet.card_height
    top = sheet.y(row) - height / 2
    line = top + (18.0 if face.note else height / 2)
    left = x + _text_left(face)
    ink, faint = (_FADED_INK, _FADED_INK) if face.is_faded else (_INK, _FAINT_INK)
    parts = [f"<title>{markup_text(face.tip)}</title>", _box(face, x, top, width, height)]
    if face.state is not None:
        parts.append(icon_svg(face.state, x + 15, line - 0.5))
    label = fitted_text(face.label, _LABEL_LETTERS)
    parts.append(_text(label, left, line + 4, f'font-size="12.5" fill="{ink}"'))
    small = f'font-size="10.5" fill="{faint}"'
    if face.time:
        parts.append(_text(face.time, x + width - 9, line + 4, f'{small} text-anchor="end"'))
    if face.note:
        begin = left + _sign_room(face)
        room = int((width - (begin - x) - 8) / _SMALL_LETTER)
        parts.append(_text(fitted_text(face.note, room), begin, line + 17, small))
    if face.kind:
        parts.append(kind_svg(face.kind, left + 5, line + 13.5, faint))
    if face.counts:
        parts.append(_bar(face.counts, x, top + height, width))
    return f"<g>{''.join(parts)}</g>"


def _text(text: str, x: float, y: float, attributes: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" {attributes}>{markup_text(text)}</text>'


def _box(face: Face, x: float, top: float, width: float, height: float) -> str:
    colour = look_colour(face.state)
    is_lively = face.state in _LIVELY
    fill = tint(colour, 0.14 if is_lively else 0.05)
    dash = ' stroke-dasharray="4 3"' if face.is_faded or face.is_stale else ""
    if face.is_stale:
        colour = MARK_LOOKS[STALE].colour
    stack = ""
    if face.is_group:
        edge = f"M{x + 6:g} {top + height + 3:g}H{x + width + 3:g}V{top + 6:g}"
        stack = f'<path d="{edge}" fill="none" stroke="{tint(colour, 0.6)}"/>'
    return (
        f'{stack}<rect x="{x:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6"'
        f' fill="{fill}" stroke="{colour}"'
        f' stroke-width="{1.6 if face.state == "failed" or face.is_stale else 1.1}"{dash}/>'
    )


def _bar(counts: Mapping[str, int], x: float, bottom: float, width: float) -> str:
    total, at, parts = sum(counts.values()), x + 8, []
    for state, number in counts.items():
        share = (width - 16) * number / total
        faint = ' opacity=".45"' if state == CACHED else ""
        parts.append(
            f'<rect x="{at:.1f}" y="{bottom - 8:g}" width="{share:.1f}" height="3"'
            f' fill="{task_look(state).colour}"{faint}/>'
        )
        at += share
    return "".join(parts)


def _edges_svg(cards: Cards, faces: Mapping[str, Face], sheet: _Sheet) -> str:
    strokes = f'fill="none" stroke="{_LINE}" stroke-width="1.1"'
    paths = {edge: _edge_path(edge, sheet) for edge in cards.edges}
    if len(paths) > EDGES_NAMED:
        return f'<path d="{"".join(paths.values())}" {strokes}/>'
    drawn = []
    for (source, target), path in paths.items():
        ends = f"{faces[source].label} → {faces[target].label}"
        names = ", ".join(cards.edges[source, target])
        dash = ' stroke-dasharray="3 3"' if faces[target].is_faded else ""
        tip = markup_text(f"{ends}: {names}" if names else ends)
        drawn.append(f'<path d="{path}"{dash}><title>{tip}</title></path>')
    return f"<g {strokes}>{''.join(drawn)}</g>"


def _edge_path(edge: tuple[str, str], sheet: _Sheet) -> str:
    (source_column, source_row), (target_column, target_row) = (
        sheet.layout.place[edge[0]],
        sheet.layout.place[edge[1]],
    )
    x, y = sheet.lefts[source_column] + sheet.widths[source_column], sheet.y(source_row)
    path = [f"M{x:g} {y:.1f}"]
    for column, row in sheet.layout.bends.get(edge, ()):
        left, level = sheet.lefts[column], sheet.y(row)
        path.append(f"{_curve(x, y, left, level)}H{left + sheet.widths[column]:g}")
        x, y = left + sheet.widths[column], level
    tip, level = sheet.lefts[target_column] - 1, sheet.y(target_row)
    # The head is part of the path: a marker would vanish with a hidden picture of the same page.
    head = f"M{tip - 5:g} {level - 3.5:.1f}L{tip:g} {level:.1f}L{tip - 5:g} {level + 3.5:.1f}"
    return "".join([*path, _curve(x, y, tip, level), head])


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    if abs(y - to_y) < 0.5:
        return f"L{to_x:g} {to_y:.1f}"
    bend = min(_COLUMN_GAP, to_x - x) * 0.55
    return f"C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:g} {to_y:.1f}"
