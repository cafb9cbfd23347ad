"""A run in a terminal: its headline, its graph as a tree and its tasks as a table, in colour."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from maze_nb.model.rows import Snapshot
from maze_nb.projection.card_face import Face, face_of
from maze_nb.projection.cards import Cards, cards_of
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.humane import count_text
from maze_nb.projection.layers import layer_of_each
from maze_nb.projection.looks import run_look, task_look
from maze_nb.projection.run_text import headline, run_text
from maze_nb.projection.runs_text import TASK_HEADINGS, task_lines

# Rich is needed only where something is shown.
if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text
    from rich.tree import Tree

TREE_CARDS = 40
"""A tree of more than so many lines folds likes into one; if that is not enough there is none."""
TASKS_SHOWN = 20
_DEEPEST = 8
_SOURCES_SHOWN = 3


def print_run(
    graph: Mapping[str, object] | None, snapshot: Snapshot, file: TextIO | None = None
) -> None:
    """Print how a run stands: in colour on a terminal, elsewhere as plain lines.

    Parameters
    ----------
    graph, snapshot
        The run's graph and state.
    file
        Where to; by default the standard output.
    """
    from rich.console import Console

    console = Console(file=file or sys.stdout, highlight=False)
    if not console.is_terminal:
        print(run_text(graph, snapshot), file=console.file)
        return
    shape = shape_of(graph or {})
    tree, table = _tree(shape, snapshot), _table(shape, snapshot)
    console.print(_head(shape, snapshot) if tree is None else tree)
    if table is not None:
        console.print()
        console.print(table)
        more = len(snapshot["tasks"]) - table.row_count
        if more > 0:
            console.print(f"… and {count_text(more, 'more task')}", style="dim")


def _head(shape: GraphShape, snapshot: Snapshot) -> Text:
    from rich.text import Text

    run = snapshot["run"]
    look = run_look(run["status"])
    name, *parts = headline(shape.name, run)
    return Text.assemble(
        (look.glyph, look.colour), " ", (name, "bold"), " · ".join(["", *parts]), overflow="fold"
    )


def _tree(shape: GraphShape, snapshot: Snapshot) -> Tree | None:
    """Return the graph with what follows a fork below it; tasks in a row stand in a row."""
    from rich.tree import Tree

    cards = cards_of(shape, TREE_CARDS)
    if not cards.cards or len(cards.cards) > TREE_CARDS:
        return None
    sources: dict[str, list[str]] = {card: [] for card in cards.cards}
    targets: dict[str, list[str]] = {card: [] for card in cards.cards}
    for source, target in cards.edges:
        sources[target].append(source)
        targets[source].append(target)
    layers = layer_of_each(list(cards.cards), sources, targets)
    faces = {card.id: face_of(card, shape, snapshot) for card in cards.cards.values()}
    tree = Tree(_head(shape, snapshot), guide_style="dim")
    places: dict[str, tuple[Tree, int]] = {}
    branches: dict[str, Tree] = {}
    for card_id in sorted(cards.cards, key=layers.__getitem__):
        under, depth = tree, 0
        if sources[card_id]:
            parent = max(sources[card_id], key=layers.__getitem__)
            under, depth = places[parent]
            if len(targets[parent]) > 1 and depth < _DEEPEST:
                under, depth = branches[parent], depth + 1
        places[card_id] = under, depth
        said = _sources_text(sources[card_id], cards)
        branches[card_id] = under.add(_card_text(faces[card_id], said))
    return tree


def _sources_text(sources: list[str], cards: Cards) -> str:
    if len(sources) < 2:
        return ""
    shown = [cards.cards[source].label for source in sources[:_SOURCES_SHOWN]]
    more = len(sources) - len(shown)
    return f"← {', '.join(shown)}{f', … {more} more' if more else ''}"


def _card_text(face: Face, sources: str) -> Text:
    from rich.text import Text

    text = Text()
    if face.state is not None:
        look = task_look(face.state)
        text.append(f"{look.glyph} ", look.colour)
    text.append(face.label, "dim" if face.is_faded else "")
    for part in (face.time, face.note, sources):
        if part:
            text.append(f"  {part}", "dim")
    return text


def _table(shape: GraphShape, snapshot: Snapshot) -> Table | None:
    from rich.table import Table
    from rich.text import Text

    lines = task_lines(shape, snapshot, most=TASKS_SHOWN)
    if not lines:
        return None
    table = Table(*TASK_HEADINGS, box=None, pad_edge=False, header_style="dim")
    for line in lines:
        name, state, *rest = line.cells
        table.add_row(Text(name), Text(state, style=task_look(line.state).colour), *map(Text, rest))
    return table
