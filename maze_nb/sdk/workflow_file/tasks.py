"""What a settled file says of its tasks: which there are, what they read, and in which order."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from maze_nb.errors import closest, nearest
from maze_nb.sdk.workflow_file.format import KINDS
from maze_nb.sdk.workflow_file.node import Node, Place, below
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.references import Ref, Template
from maze_nb.sdk.workflow_file.settled import ROOTS

_READ_IN = ("inputs", "command", "when", "foreach", "container.command")
_NOTHING = Node(None, Place(1, 1))
_SOMETHING = ("when", "foreach")
_FOR_SYSTEM = ("command", "container", "cwd", "notebook", "outputs", "options", "name")
_RESERVED = ", ".join(ROOTS)


@dataclass(slots=True)
class TaskPlan:
    """One task of a file.

    Attributes
    ----------
    name, path
        What it is called, and where it stands in the file.
    node
        All that is said of it.
    place
        Where its name stands.
    kind
        ``run``, ``command``, ``container`` or ``notebook``.
    before
        The tasks that have to be done before, each with where and how the file says so.
    needs
        Those of them that are named, rather than read from.
    is_wrong
        Whether it refers to what is not there.
    """

    name: str
    path: str
    node: Node
    place: Place
    kind: str
    before: dict[str, tuple[Place, str, str]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    is_wrong: bool = False

    def get(self, key: str) -> Node | None:
        """Return what is said under a key, None if that is nothing."""
        found = self.node.get(key)
        return None if found is None or found.value is None else found

    def refs(self) -> Iterator[tuple[str, Node, Ref]]:
        """Yield all references in it, each with its path and the value that it stands in."""
        for word in _READ_IN:
            found = self.node
            for each in word.split("."):
                found = found.get(each) or _NOTHING
            for path, leaf in found.leaves(below(self.path, word)):
                if isinstance(leaf.value, Template):
                    for ref in leaf.value.refs():
                        yield path, leaf, ref

    def says_item(self) -> bool:
        """Whether it reads the item for which it runs."""
        return any(ref.root == "item" for _, _, ref in self.refs())


def read_tasks(
    file: Node, paths: dict[str, str], problems: Problems, wrong: Collection[str] = ()
) -> list[TaskPlan]:
    """Return the tasks of a file so that each comes after those that it needs.

    Tasks that are wrong by themselves are left out; what is wrong is noted.

    Parameters
    ----------
    paths
        Where tasks stand that stand elsewhere than under ``tasks``.
    wrong
        The names of tasks that are not looked at further.
    """
    section = file.get("tasks")
    plans: dict[str, TaskPlan] = {}
    for name, node in section.items() if section is not None else ():
        path = paths.get(str(name), below("tasks", name))
        place = section.key_place(name) if section is not None else node.place
        plan = None if name in wrong else _plan(name, node, path, place, problems)
        if plan is not None:
            plans[plan.name] = plan
    known = {str(name) for name, _ in section.items()} if section is not None else set()
    for plan in plans.values():
        count = len(problems)
        _note_before(plan, known, problems)
        plan.is_wrong = len(problems) > count
    return _ordered(plans, problems)


def _plan(name: object, node: Node, path: str, place: Place, problems: Problems) -> TaskPlan | None:
    if not isinstance(name, str) or not node.is_dict:
        return None
    if name in ROOTS or not name.replace("-", "_").isidentifier():
        what = f"{name!r} cannot name a task: write letters, digits, - and _, but none of"
        problems.add(place, path, f"{what} {_RESERVED}")
        return None
    kinds = [word for word in KINDS if (said := node.get(word)) and said.value is not None]
    if len(kinds) != 1:
        what = "has " + (" and ".join(kinds) or "nothing to do")
        problems.add(place, path, f"{what}: give it one of {', '.join(KINDS)}")
        return None
    for word in ("cwd", "limits"):
        if node.value.get(word) is not None and kinds != ["command"]:
            problems.add(node.key_place(word), f"{path}.{word}", "is only for a command")
    count = len(problems)
    _note_repeated(node.get("outputs"), below(path, "outputs"), problems)
    _note_unusable(node, path, problems)
    return TaskPlan(name, path, node, place, kinds[0]) if len(problems) == count else None


def _note_repeated(names: Node | None, path: str, problems: Problems) -> None:
    seen: set[object] = set()
    for index, each in enumerate(names.value if names is not None and names.is_list else ()):
        if each.value in seen:
            problems.add(each.place, f"{path}[{index}]", f"{each.value!r} is there twice")
        seen.add(each.value)


def _note_unusable(node: Node, path: str, problems: Problems) -> None:
    """Note what is known only in the run where it has to be known before, and what is nothing."""
    for word, section in node.items():
        if word in _SOMETHING and section.value is None:
            what = "is nothing: give it a value, or leave it out"
            problems.add(section.place, below(path, word), what)
        for at, leaf in section.leaves(below(path, word)):
            value = leaf.value
            is_read = at.removeprefix(f"{path}.").startswith(_READ_IN)
            if isinstance(value, Template) and not is_read:
                for ref in value.refs():
                    what = f"{ref.told} is known only in the run, but has to be known before"
                    problems.add(leaf.place, at, f"{what}: write it out, or take a parameter")
            parts = value.parts if isinstance(value, Template) else (value,)
            if word in _FOR_SYSTEM and any(isinstance(p, str) and "\0" in p for p in parts):
                problems.add(leaf.place, at, "has a NUL character in it, which ends every text")


def _note_before(plan: TaskPlan, known: set[str], problems: Problems) -> None:
    for word in ("needs", "dependsOn"):
        section = plan.get(word)
        if section is None:
            continue
        for node in section.value if section.is_list else [section]:
            path = f"{plan.path}.{word}"
            if node.value in known:
                plan.needs.append(node.value)
                plan.before.setdefault(node.value, (node.place, path, word))
            else:
                hint = nearest(str(node.value), known)
                problems.add(node.place, path, f"no task is called {node.value!r}: {hint}")
    has_items = plan.get("foreach") is not None
    for path, node, ref in plan.refs():
        if ref.root in ROOTS:
            _check_own(plan, path, node, ref, problems, has_items=has_items)
        elif ref.root in known:
            plan.before.setdefault(ref.root, (node.place, path, ref.told))
        else:
            words = [*known, *ROOTS]
            # Where nothing is near, what is listed are tasks.
            hint = nearest(ref.root, known if closest(ref.root, words) is None else words)
            if plan.kind in ("command", "container") and not ref.path:
                hint = f"{hint}; a variable of the shell is written ${ref.root} or $${{{ref.root}}}"
            problems.add(node.place, path, f"{ref.told}: no task is called {ref.root!r}: {hint}")


def _check_own(
    plan: TaskPlan, path: str, node: Node, ref: Ref, problems: Problems, *, has_items: bool
) -> None:
    """Note what is wrong with a reference to something other than a task."""
    inside = path.removeprefix(f"{plan.path}.").partition(".")[0].partition("[")[0]
    if ref.root == "item" and (not has_items or inside in ("foreach", "when")):
        why = "there is no item: give the task foreach" if not has_items else "there is no item yet"
        problems.add(node.place, path, f"{ref.told}: {why}")
    elif ref.root == "inputs":
        inputs, over = plan.get("inputs"), plan.get("foreach")
        names = [
            str(name) for each in (inputs, over) if each is not None for name, _ in each.items()
        ]
        if inside not in ("command", "container"):
            problems.add(node.place, path, f"{ref.told}: inputs are known in a command only")
        elif not ref.path or ref.path[0] not in names:
            name = str(ref.path[0]) if ref.path else ""
            problems.add(node.place, path, f"{ref.told}: no such input: {nearest(name, names)}")
    elif ref.root == "secrets" and (
        len(ref.path) != 1 or not str(ref.path[0]).isidentifier() or inside in ("foreach", "when")
    ):
        problems.add(
            node.place, path, f"{ref.told}: a secret is written ${{secrets.NAME}}, as an input"
        )
    elif ref.root == "file" and (len(ref.path) != 1 or inside in ("foreach", "when")):
        problems.add(
            node.place,
            path,
            f'{ref.told}: a file is written ${{file["data/points.csv"]}}, as an input',
        )


def _ordered(plans: dict[str, TaskPlan], problems: Problems) -> list[TaskPlan]:
    """Return tasks after those that they need; note a cycle with the names in it."""
    missing = {
        name: {each for each in plan.before if each in plans} for name, plan in plans.items()
    }
    readers: dict[str, list[str]] = {}
    for name, needed in missing.items():
        for each in needed:
            readers.setdefault(each, []).append(name)
    ready = deque(name for name, needed in missing.items() if not needed)
    found: list[TaskPlan] = []
    while ready:
        name = ready.popleft()
        found.append(plans[name])
        for reader in readers.get(name, ()):
            missing[reader].discard(name)
            if not missing[reader]:
                ready.append(reader)
    rest = {name for name, needed in missing.items() if needed}
    if rest:
        _note_cycle(plans, rest, missing, problems)
    return found


def _note_cycle(
    plans: dict[str, TaskPlan],
    rest: set[str],
    missing: dict[str, set[str]],
    problems: Problems,
) -> None:
    """Note one cycle among tasks of which each waits for another."""
    name = next(each for each in plans if each in rest)
    seen: dict[str, int] = {}
    while name not in seen:
        seen[name] = len(seen)
        name = min(missing[name])
    cycle = [each for each, at in seen.items() if at >= seen[name]]
    place, path, told = plans[cycle[0]].before[cycle[1] if len(cycle) > 1 else cycle[0]]
    shown = " → ".join([*cycle, cycle[0]])
    problems.add(place, path, f"{told}: these tasks wait for each other: {shown}")
