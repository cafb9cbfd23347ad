"""The text of a file to nodes: YAML, of which JSON is a part.

It goes along the parser's events rather than by its own tree, so that nothing in a file, however
deep or often named again, takes more than bounded time and memory.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from maze_nb.sdk.workflow_file.node import Node, Place, below
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.scalars import meaning_of
from maze_nb.sdk.workflow_file.yaml_errors import remedy

MOST_BYTES = 16 * 2**20
MOST_NODES = 500_000
DEEPEST = 60
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = "tag:yaml.org,2002:"
_MERGE = "<<"
_START = Place(1, 1)
_HALVES = re.compile(
    r"(\\\\)|\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)|\\u[dD][89a-fA-F]..", re.DOTALL
)


def read_file(path: Path, problems: Problems) -> Node:
    """Return what a file says.

    Raises
    ------
    WorkflowFileError
        If it cannot be read, or is neither YAML nor JSON.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            problems.fail(_START, "", f"is larger than {MOST_BYTES >> 20} MB")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        problems.fail(_START, "", f"cannot be read: {getattr(error, 'strerror', '') or error}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_of(data[: error.start].decode("utf-8", "replace"))
        problems.fail(place, "", f"is no text in UTF-8: {error.reason}")
    return read_text(text, problems, is_json=path.suffix.lower() == ".json")


def read_text(text: str, problems: Problems, *, is_json: bool = False) -> Node:
    """Return what a text says; see `read_file`."""
    if is_json:
        text = _as_yaml(text, problems)
    reader = _Reader(problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _START if mark is None else Place(mark.line + 1, mark.column + 1)
        problems.fail(place, "", f"cannot be read as YAML: {remedy(error, text)}")
    except (yaml.YAMLError, UnicodeError) as error:
        at = getattr(error, "position", 0)
        place = _place_of(text[:at]) if isinstance(at, int) else _START
        problems.fail(place, "", f"cannot be read as YAML: {getattr(error, 'reason', error)}")
    if reader.root is None:
        problems.fail(_START, "", "is empty: it has to have tasks")
    return reader.root


def _as_yaml(text: str, problems: Problems) -> str:
    """Return JSON as the YAML that it is but for tabs between its words."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        problems.fail(Place(error.lineno, error.colno), "", f"cannot be read as JSON: {error.msg}")
    except (RecursionError, ValueError) as error:
        problems.fail(_START, "", f"cannot be read as JSON: {error}")
    # In its texts tabs are escaped; what is beyond 16 bits it writes as two halves.
    return _HALVES.sub(_whole, text.replace("\t", " "))


def _whole(found: re.Match[str]) -> str:
    if found[1]:
        return found[0]
    if found[2] is None:
        return "\\uFFFD"
    high, low = int(found[2], 16), int(found[3], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _place_of(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


@dataclass(slots=True)
class _Open:
    """A list or dict of which not all is read."""

    node: Node
    anchor: str | None
    merged: list[Node] = field(default_factory=list)
    key: Node | None = None


class _Reader:
    """Makes nodes of events."""

    def __init__(self, problems: Problems) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._open: list[_Open] = []
        self._named: dict[str, Node | None] = {}

    def take(self, event: Any) -> None:
        """Take in the next event."""
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._name(event.anchor, self._scalar(event, place))
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._known(str(event.anchor), place))
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            is_list = isinstance(event, yaml.SequenceStartEvent)
            self._check_tag(event.tag, place, "seq" if is_list else "map")
            self._begin(Node([] if is_list else {}, place), event.anchor)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            ended = self._open.pop()
            _merge(ended)
            self._name(ended.anchor, ended.node)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._problems.fail(place, "", "a second document begins: a file is one workflow")

    def _begin(self, node: Node, anchor: str | None) -> None:
        if len(self._open) >= DEEPEST:
            self._problems.fail(node.place, "", f"is nested more than {DEEPEST} deep")
        if anchor:
            self._named[anchor] = None
        self._open.append(_Open(node, anchor))

    def _name(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self._named[anchor] = node
        self._put(node)

    def _known(self, name: str, place: Place) -> Node:
        found = self._named.get(name)
        if found is None:
            what = "stands inside itself"
            if name not in self._named:
                what = "is not there: put quotes to a text that begins with * or &"
            self._problems.fail(place, "", f"what *{name} names {what}")
        return found

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        around = self._open[-1]
        around.node.size += node.size
        if around.node.size > MOST_NODES:
            self._problems.fail(node.place, "", f"says more than {MOST_NODES:,} values")
        if around.node.is_list:
            around.node.value.append(node)
        elif around.key is None:
            if node.is_dict or node.is_list:
                self._problems.fail(node.place, "", "a key has to be a text or a number")
            around.key = node
        else:
            key, around.key = around.key, None
            self._put_under(around, key, node)

    def _put_under(self, around: _Open, key: Node, node: Node) -> None:
        if key.value == _MERGE:
            merged = node.value if node.is_list else [node]
            if not all(each.is_dict for each in merged):
                self._problems.fail(node.place, "", "<< takes a dict, or a list of them")
            around.merged += merged
            return
        if key.value in around.node.value:
            first = around.node.keys[key.value].line
            path = below(self._path(), _said(key.value))
            self._problems.add(key.place, path, f"is there twice: it was in line {first} already")
        around.node.value[key.value] = node
        around.node.keys[key.value] = key.place

    def _path(self) -> str:
        """Return where what is read now stands."""
        path = ""
        for each in self._open[:-1]:
            if each.node.is_list:
                path = f"{path}[{len(each.node.value)}]"
            else:
                path = below(path, _said(each.key.value if each.key is not None else ""))
        return path

    def _scalar(self, event: Any, place: Place) -> Node:
        text: str = event.value
        tag = event.tag
        if event.implicit[0] and tag in (None, "!"):
            return Node(meaning_of(text), place)
        if event.implicit[1] or tag in ("!", f"{_TAGS}str"):
            return Node(text, place)
        self._check_tag(tag, place, "int", "float", "bool", "null")
        return Node(meaning_of(text), place)

    def _check_tag(self, tag: str | None, place: Place, *known: str) -> None:
        if tag not in (None, "!", *(f"{_TAGS}{name}" for name in known)):
            self._problems.fail(place, "", f"has the tag {tag}, which means nothing here")


def _said(key: Any) -> str:
    """Return a key as YAML has it."""
    return str(key) if isinstance(key, str) else json.dumps(key, default=str)


def _merge(ended: _Open) -> None:
    """Put what ``<<`` names into a dict, where it does not say something else itself."""
    for node in ended.merged:
        for key, value in node.items():
            if key not in ended.node.value:
                ended.node.value[key] = value
                ended.node.keys[key] = node.keys[key]
