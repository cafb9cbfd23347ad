"""Containers in workflow files, run by the real `maze-nb submit` on a real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.containers import IMAGE, Engine
from tests.workflow_commands import submit, write

FLOW = """
    parameters: {name: "it's {a} \\"name\\""}
    tasks:
      make:
        command: |
          printf 'a\\nb\\n' > rows.txt
          echo '{"best": {"row": 2}}' > told.json
        outputs: {rows: rows.txt, told: {json: told.json}}
      work:
        container:
          image: IMAGE
          pull: never
          network: false
          read_only: true
          mounts: ["FOLDER/data:/data:ro"]
          command: |
            echo ${parameters.name} $A ${make.told.best.row} ${inputs.base} $${PWD} {not} {{this}}
            cat /data/here > /results/here.txt
            mkdir /results/parts; for i in 1 2; do echo $i > /results/parts/$i.txt; done
        inputs: {base: [1]}
        options: {env: {A: "{b}"}}
        outputs: {here: here.txt, parts: "parts/*.txt"}
      each:
        container: {image: IMAGE, pull: never, command: [echo, "${item.n}-${item.deep[0]}", "{x}"]}
        foreach: [{n: 1, deep: [a]}, {n: 2, deep: [b]}]
      plain:
        container: {image: IMAGE, pull: never, command: "echo ${item}"}
        foreach: 1..2
      cat:
        container: {image: IMAGE, pull: never, command: "cat ${work.here}"}
      read:
        run: mine:read
        inputs: {here: "${work.here}", parts: "${work.parts}"}
      fails:
        container: {image: IMAGE, pull: never, command: "echo so it is; exit 3"}
"""


def test_containers(podman: Engine, start_cluster: Callable[..., object], tmp_path: Path) -> None:
    cluster = start_cluster()
    cluster.add_worker("a")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "here").write_text("it is here")
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "def read(here, parts): return [Path(each).read_text() for each in (here, *parts)]\n"
    )
    text = FLOW.replace("IMAGE", IMAGE).replace("FOLDER", str(tmp_path))
    found = submit(write(tmp_path, text), cluster.address, code=1)
    assert set(found["errors"]) == {"fails"}, found["errors"]
    assert "exit code 3" in found["errors"]["fails"]
    assert "so it is" in found["errors"]["fails"]
    results = found["results"]
    said = results["work"]["stdout"]
    assert said.startswith('it\'s {a} "name" {b} 2 /inputs/base/')
    assert said.endswith(" {not} {{this}}")
    assert results["each"]["stdout"] == ["1-a {x}", "2-b {x}"]
    assert results["plain"]["stdout"] == ["1", "2"]
    assert results["cat"]["stdout"] == "it is here"
    assert results["read"]["result"] == ["it is here", "1\n", "2\n"]
    assert not podman.containers()
