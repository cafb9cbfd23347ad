"""Templates with ``apiVersion`` and ``spec`` to what workflow files say, with all places."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from maze_nb.artifacts.url_input import UrlInput
from maze_nb.errors import InputError, nearest
from maze_nb.runners.registry import known_kinds
from maze_nb.sdk.workflow_file.format import KINDS
from maze_nb.sdk.workflow_file.node import Node, below
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.settled import ROOTS
from maze_nb.sdk.workflow_file.shape import check_shape
from maze_nb.sdk.workflow_file.template_destination import read_destination
from maze_nb.sdk.workflow_file.template_format import TemplateEntry

API_GROUPS = ("maze", "mloc", "flowmesh")
KIND_ENDINGS = ("Task", "Workflow", "Pipeline")
_MARKS = ("apiVersion", "spec", "stages", "metadata")
_PASSED_ON = (
    "inputs",
    "outputs",
    "options",
    "dependsOn",
    "when",
    "foreach",
    "cwd",
    "limits",
    *KINDS,
)
_MAIN = "main"
_UNITS = {
    **dict.fromkeys(("", "M", "MB"), 1.0),
    **{
        f"{letter}i": float(2**power)
        for letter, power in (("K", -10), ("M", 0), ("G", 10), ("T", 20))
    },
    **{letter: 10.0**power / 2**20 for letter, power in (("K", 3), ("G", 9), ("T", 12))},
}
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([KMGT]i?)?B?\s*\Z")
_CPU = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)(m?)\s*\Z")


@dataclass(slots=True)
class Mapped:
    """A template as a workflow file.

    Attributes
    ----------
    file
        What the file would say.
    paths
        Where each task stands in the template, by its name.
    destinations
        The folders to which the results of tasks go, by their names.
    """

    file: Node
    paths: dict[str, str] = field(default_factory=dict)
    destinations: dict[str, Node] = field(default_factory=dict)


def is_template(file: Node) -> bool:
    """Tell whether a file is a template, or was meant to be one."""
    return file.is_dict and "tasks" not in file.value and any(map(file.value.__contains__, _MARKS))


def map_template(file: Node, problems: Problems) -> Mapped:
    """Return a template as a workflow file; note what of it is not supported, by name."""
    return _Mapping(problems).map(file)


class _Mapping:
    """Maps one template."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def map(self, file: Node) -> Mapped:
        made = Mapped(Node({"tasks": Node({}, file.place)}, file.place, dict(file.keys)))
        if not check_shape(file, TemplateEntry, "", self._problems):
            return made
        self._check_header(file)
        metadata, parameters, spec = (
            file.get("metadata"),
            file.get("parameters"),
            file.value["spec"],
        )
        for name in ("name", "description"):
            found = metadata.get(name) if metadata is not None else None
            if found is not None:
                made.file.value[name] = found
        if parameters is not None:
            made.file.value["parameters"] = parameters
        stages = spec.get("stages")
        if stages is None:
            self._only_stage(spec, made)
            return made
        if not stages.value:
            self._refuse(spec, "stages", "spec.stages", "is empty: give it at least one stage")
        for key in spec.value:
            if key != "stages":
                self._refuse(spec, key, below("spec", key), "stands beside stages: put it into one")
        for index, stage in enumerate(stages.value or ()):
            self._named_stage(stage, f"spec.stages[{index}]", made)
        return made

    def _check_header(self, file: Node) -> None:
        """Refuse what says of itself that it is for another program."""
        version, kind = file.value["apiVersion"], file.value["kind"]
        group, _, number = str(version.plain()).rpartition("/")
        if (group and group not in API_GROUPS) or number != "v1":
            known = ", ".join(("v1", *(f"{each}/v1" for each in API_GROUPS)))
            what = f"is {version.value!r}, which is not a version of templates: known are {known}"
            self._problems.add(version.place, "apiVersion", what)
        if not str(kind.plain()).endswith(KIND_ENDINGS):
            known = ", ".join(KIND_ENDINGS)
            what = f"is {kind.value!r}, which is no kind of template: it has to end with one of"
            self._problems.add(kind.place, "kind", f"{what} {known}")

    def _only_stage(self, spec: Node, made: Mapped) -> None:
        name = made.file.get("name")
        called = str(name.plain()) if name is not None else _MAIN
        if called in ROOTS or not called.replace("-", "_").isidentifier():
            called = _MAIN
        self._stage(called, spec, None, "spec", made)

    def _named_stage(self, stage: Node, path: str, made: Mapped) -> None:
        name, spec = stage.value["name"], stage.value["spec"]
        if name.value in made.paths:
            self._problems.add(name.place, f"{path}.name", f"{name.value!r} is there twice")
            return
        self._stage(name.value, spec, stage, f"{path}.spec", made)

    def _stage(self, name: str, spec: Node, stage: Node | None, path: str, made: Mapped) -> None:
        place = stage.place if stage is not None else spec.place
        entry = Node({}, place)
        for word in _PASSED_ON:
            self._put(entry, word, spec)
        if stage is not None and "dependsOn" in stage.value:
            if "dependsOn" in spec.value:
                self._refuse(spec, "dependsOn", f"{path}.dependsOn", "is there twice")
            self._put(entry, "dependsOn", stage)
        self._check_type(spec, path)
        resources = spec.get("resources")
        if resources is not None:
            entry.value["resources"] = self._resources(resources, f"{path}.resources")
            entry.keys["resources"] = spec.key_place("resources")
        self._checkpoint(spec, entry, f"{path}.checkpoint")
        self._destination(name, spec, entry, made, f"{path}.output.destination")
        made.paths[name] = path
        made.file.value["tasks"].value[name] = entry
        made.file.value["tasks"].keys[name] = place

    def _put(self, entry: Node, word: str, source: Node) -> None:
        if word in source.value:
            entry.value[word] = source.value[word]
            entry.keys[word] = source.key_place(word)

    def _check_type(self, spec: Node, path: str) -> None:
        told = spec.get("taskType")
        if told is None:
            return
        word = "run" if told.value == "python" else told.value
        if told.value not in known_kinds():
            what = f"is {told.value!r}, for which no runner is installed here"
            hint = nearest(str(told.value), known_kinds())
            self._problems.add(told.place, f"{path}.taskType", f"{what}: {hint}")
        elif word not in spec.value:
            self._problems.add(told.place, path, f"is of type {told.value!r}, but has no {word!r}")

    def _resources(self, node: Node, path: str) -> Node:
        made = Node({}, node.place)
        replicas, hardware = node.get("replicas"), node.get("hardware")
        if replicas is not None and replicas.value != 1:
            self._problems.add(
                replicas.place, f"{path}.replicas", "is not supported but for 1: use foreach"
            )
        if hardware is None:
            return made
        gpu = hardware.get("gpu")
        path = f"{path}.hardware"
        self._number(made, "cpu", hardware.get("cpu"), f"{path}.cpu")
        self._number(made, "cpu_mem", hardware.get("memory"), f"{path}.memory")
        if gpu is not None and gpu.is_dict:
            count = gpu.get("count") or Node(1, gpu.place)
            self._number(made, "gpu", count, f"{path}.gpu.count")
            self._number(made, "gpu_mem", gpu.get("memory"), f"{path}.gpu.memory")
            kind = gpu.get("type")
            if kind is not None and kind.value != "any":
                self._problems.add(
                    kind.place,
                    f"{path}.gpu.type",
                    "is not supported but for 'any': tag the nodes that have such devices, and "
                    "ask for them by options.tags",
                )
        return made

    def _number(self, made: Node, name: str, node: Node | None, path: str) -> None:
        if node is None:
            return
        value = node.value
        if isinstance(value, str):
            value = _cores(value) if name in ("cpu", "gpu") else _megabytes(value)
            if value is None:
                example = "2 or 500m" if name == "cpu" else "2" if name == "gpu" else "24GB or 16Gi"
                self._problems.add(
                    node.place, path, f"{node.value!r} is no number, such as {example}"
                )
                return
        made.value[name] = Node(value, node.place)
        made.keys[name] = node.place

    def _checkpoint(self, spec: Node, entry: Node, path: str) -> None:
        checkpoint = spec.get("checkpoint")
        load = checkpoint.get("load") if checkpoint is not None else None
        if load is None or not load.is_dict:
            return
        given = [word for word in ("path", "url") if _has(load, word)]
        if len(given) != 1:
            self._problems.add(load.place, f"{path}.load", "has to have either path or url")
            return
        inputs = entry.value.get("inputs")
        made = Node({}, load.place) if inputs is None else Node({**inputs.value}, inputs.place)
        made.keys = {} if inputs is None else {**inputs.keys}
        if "checkpoint" in made.value:
            self._problems.add(load.place, f"{path}.load", "is given as inputs.checkpoint already")
        found = load.value[given[0]]
        if given[0] == "url" and isinstance(found.value, str):
            try:
                found = Node(UrlInput(found.value), found.place)
            except InputError as error:
                self._problems.add(found.place, f"{path}.load.url", str(error))
        made.value["checkpoint"] = found
        made.keys["checkpoint"] = load.key_place(given[0])
        entry.value["inputs"] = made

    def _destination(self, name: str, spec: Node, entry: Node, made: Mapped, path: str) -> None:
        output = spec.get("output")
        node = output.get("destination") if output is not None else None
        if node is None or not node.is_dict:
            return
        found = read_destination(node, path, self._problems)
        if found is None:
            return
        if found.folder is not None:
            made.destinations[name] = found.folder
        if found.url:
            options = entry.get("options") or Node({}, node.place)
            if _has(options, "destination"):
                self._problems.add(node.place, path, "is given as options.destination already")
            kept = {**options.value, "destination": Node(found.url, node.place)}
            entry.value["options"] = Node(kept, options.place, {**options.keys})

    def _refuse(self, node: Node, key: str, path: str, what: str) -> None:
        self._problems.add(node.key_place(key), path, what)


def _has(node: Node, word: str) -> bool:
    """Tell whether something is said under a word."""
    found = node.get(word)
    return found is not None and found.value is not None


def _megabytes(text: str) -> float | None:
    found = _QUANTITY.match(text)
    if found is None:
        return None
    number = float(found[1]) * _UNITS[found[2] or ""]
    return int(number) if number == int(number) else round(number, 3)


def _cores(text: str) -> float | None:
    found = _CPU.match(text)
    return None if found is None else float(found[1]) / (1000 if found[2] else 1)
