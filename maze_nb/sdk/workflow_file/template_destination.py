"""Where a template has the files and results of a stage put: ``output.destination``."""

from __future__ import annotations

from dataclasses import dataclass

from maze_nb.errors import OptionError, nearest
from maze_nb.model.destination import HTTP, parse_destination
from maze_nb.sdk.workflow_file.node import Node, below
from maze_nb.sdk.workflow_file.problems import Problems

_WORDS = {"local": ("path",), "s3": ("url", "bucket", "prefix"), "http": ("url",)}


@dataclass(frozen=True, slots=True)
class Destination:
    """A folder for the results too, or the option that says where files go; or neither."""

    folder: Node | None = None
    url: str = ""


def read_destination(node: Node, path: str, problems: Problems) -> Destination | None:
    """Return what a destination means, None if it is wrong, which is noted then."""
    kind = node.get("type")
    word = "local" if kind is None or kind.value is None else str(kind.value)
    if word not in _WORDS:
        place = kind.place if kind is not None else node.place
        what = f"{word!r} is not supported: {nearest(word, _WORDS)}"
        problems.add(place, below(path, "type"), what)
        return None
    said = {key: each for key, each in node.items() if each.value is not None and key != "type"}
    for key, each in said.items():
        if key not in _WORDS[word]:
            problems.add(each.place, below(path, key), f"is not for destinations of type {word!r}")
            return None
        if not isinstance(each.value, str) or not each.value.strip():
            what = "has to be a text that is known before the run"
            problems.add(each.place, below(path, key), what)
            return None
    if word == "local":
        return Destination(said.get("path"))
    return _remote(word, said, node, path, problems)


def _remote(
    word: str, said: dict[str, Node], node: Node, path: str, problems: Problems
) -> Destination | None:
    if word == "s3" and ("url" in said) == ("bucket" in said):
        problems.add(node.place, path, "has to have either url, such as s3://bucket/x, or bucket")
        return None
    if "bucket" in said:
        parts = [said[key].value.strip("/") for key in ("bucket", "prefix") if key in said]
        url = f"s3://{'/'.join(parts)}"
    else:
        url = said["url"].value if "url" in said else HTTP
    try:
        found = parse_destination(url, "it")
    except OptionError as error:
        problems.add(node.place, path, str(error))
        return None
    if word == "s3" and not found.startswith("s3://"):
        problems.add(node.place, path, f"is of type 's3', but its url is {url!r}")
        return None
    if word == "http" and found != HTTP and not found.startswith(("http://", "https://")):
        problems.add(node.place, path, f"is of type 'http', but its url is {url!r}")
        return None
    return Destination(url=found)
