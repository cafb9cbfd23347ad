"""Cell source to reads, writes and edges, by Python's own scoping."""

from __future__ import annotations

from maze_nb.dataflow.analyse import analyse_cell, analyse_tree, is_ambient, is_private
from maze_nb.dataflow.edges import CellEdge, CellLinks, CellPorts, link_cells
from maze_nb.dataflow.names import CellNames, ImportedName, MagicLine

__all__ = [
    "CellEdge",
    "CellLinks",
    "CellNames",
    "CellPorts",
    "ImportedName",
    "MagicLine",
    "analyse_cell",
    "analyse_tree",
    "is_ambient",
    "is_private",
    "link_cells",
]
