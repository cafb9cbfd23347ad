"""Workflows written as files, run by the real `maze-nb submit`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maze_nb import MaClient
from tests.waiting import wait_until
from tests.workflow_commands import submit, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


REFERENCES = """
    name: references
    parameters:
      count: {type: int, default: 3}
      label: {type: str, required: true}
      settings: {lr: 0.1, layers: [8, 16]}
    tasks:
      load:
        run: mine:load
        inputs: {count: "${parameters.count}"}
      kinds:
        run: mine:kinds
        inputs:
          whole: ${load.result.metrics.accuracy}
          text: accuracy ${load.result.metrics.accuracy} of ${parameters.label}
          nested: [{"row": "${load.result.rows[0]}"}, "${parameters.settings.layers[1]}"]
          number: ${parameters.count}
          plain: $${not.a.reference}
      each:
        run: mine:describe
        foreach: ${load.result.rows}
        inputs: {x: "${item}", label: "row ${item} of ${parameters.count}: ${load.result.metrics}"}
      hundred:
        run: mine:describe
        foreach: 1..100
        inputs: {x: "${item}"}
      pairs:
        run: mine:describe
        foreach: {x: [1, 2], label: ["a", "b"]}
      all:
        run: mine:total
        inputs: {values: "${hundred.result}"}
      skipped:
        run: mine:describe
        when: not ${load.result.metrics.accuracy}
        inputs: {x: 1}
      done:
        run: mine:describe
        when: ${load.result.metrics.accuracy}
        needs: [all]
        inputs: {x: "${skipped.result}", label: "${load.result.metrics}"}
"""
MINE = """
import helping

def load(count: int):
    return {"rows": list(range(count)), "metrics": {"accuracy": 0.5}}

def kinds(whole, text, nested, number, plain):
    return [whole, text, nested, number, plain]

def describe(x=-1, label=""):
    return helping.joined(label, x)

def total(values):
    return len(values), values[-1]
"""


def test_references_lists_and_conditions(separate: str, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    (folder / "helping.py").write_text("def joined(a, b): return f'{a}|{b}'")
    found = submit(write(folder, REFERENCES), separate, "-p", "label", "007")["results"]
    assert found["kinds"]["result"] == [
        0.5, "accuracy 0.5 of 007", [{"row": 0}, 16], 3, "${not.a.reference}",
    ]  # fmt: skip
    label = 'row {} of 3: {{"accuracy": 0.5}}|{}'
    assert found["each"]["result"] == [label.format(i, i) for i in range(3)]
    assert found["pairs"]["result"] == ["a|1", "b|2"]
    assert found["all"]["result"] == [100, "|100"]
    assert "skipped" not in found
    assert found["done"]["result"] == "{'accuracy': 0.5}|-1"


COMMANDS = """
    parameters: {name: "it's; a \\"name\\""}
    tasks:
      numbers:
        command: |
          echo "for ${parameters.name}"
          echo '{"best": [3, 4]}' > out.json
          mkdir -p sub; printf model > sub/model.bin
        outputs: {numbers: {json: out.json}, model: sub/model.bin}
      words: {command: [echo, "${numbers.numbers.best[1]}", "$(rm x)", "${numbers.stdout}"]}
      where: {command: "pwd; ls; ulimit -n", cwd: data, limits: {open_files: 64}}
      each:
        command: "echo ${item} ${inputs.base}"
        foreach: 1..3
        inputs: {base: [1]}
      model: {command: "cat ${numbers.model}; echo x >> ${numbers.model}; echo $TASK_ID $RUN_ID"}
      secret: {command: "test -n \\"$A_SECRET\\" && echo ${secrets.A_SECRET}", when: false}
"""


def test_commands(separate: str, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "here").touch()
    found = submit(write(folder, COMMANDS), separate)
    results, name = found["results"], 'for it\'s; a "name"'
    assert results["numbers"]["stdout"] == name
    assert results["numbers"]["numbers"] == {"best": [3, 4]}
    assert results["words"]["stdout"] == f"4 $(rm x) {name}"
    assert results["where"]["stdout"] == f"{folder}/data\nhere\n64"
    assert results["each"]["stdout"] == ["1 [1]", "2 [1]", "3 [1]"]
    assert results["model"]["stdout"].endswith(f" {found['run_id']}")
    assert results["model"]["stdout"].startswith("model")
    assert "secret" not in results


def test_a_command_that_is_cancelled_ends(separate: str, folder: Path) -> None:
    marker = folder / "pid"
    file = write(folder, f"tasks: {{a: {{command: 'echo $$ > {marker}; sleep 100'}}}}")
    with MaClient(separate) as client:
        run = client.get_run(client.load_workflow(file).run())
        wait_until(lambda: marker.exists() and marker.read_text().strip() != "", 40)
        pid = int(marker.read_text())
        run.cancel()
        assert run.wait(40) == "cancelled"
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)


TEMPLATE = """
    apiVersion: v1
    kind: Pipeline
    metadata: {name: two-stage, labels: {team: a}}
    spec:
      stages:
        - name: stage1
          spec:
            taskType: command
            resources: {hardware: {cpu: 500m, memory: 64MB}}
            command: |
              printf weights > final.bin
              echo '{"final_model_path": "final.bin"}' > r.json
            outputs: {summary: {json: r.json}, archive: final.bin}
            output: {destination: {type: local, path: kept}}
        - name: stage2
          dependsOn: [stage1]
          spec:
            taskType: python
            run: mine:describe
            checkpoint: {load: {path: "${stage1.result.archive}"}}
            inputs: {label: "${stage1.result.summary.final_model_path}"}
"""


def test_a_template(separate: str, folder: Path) -> None:
    (folder / "mine.py").write_text(
        "def describe(checkpoint, label): return open(checkpoint).read(), label\n"
    )
    found = submit(write(folder, TEMPLATE), separate)
    assert found["results"]["stage2"]["result"] == ["weights", "final.bin"]
    kept = json.loads((folder / "kept" / "responses.json").read_text())
    assert kept["summary"] == {"final_model_path": "final.bin"}
    assert Path(kept["archive"]).read_text() == "weights"
    assert Path(kept["archive"]).parent == folder / "kept"


NOTEBOOK = """
    tasks:
      load: {run: "mine:load", inputs: {count: 2}}
      one:
        notebook: square.ipynb
        inputs: {n: "${load.result.metrics.accuracy}"}
        outputs: [square]
      each:
        notebook: square.ipynb
        foreach: ${load.result.rows}
        inputs: {n: "${item}", label: "row ${item}"}
        outputs: [square, told]
"""


def test_notebooks(separate: str, folder: Path) -> None:
    import nbformat

    cells = [
        nbformat.v4.new_code_cell("n = 0\nlabel = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "import maze_nb\nmaze_nb.record('square', n * n)\nmaze_nb.record('told', label)"
        ),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "square.ipynb")
    (folder / "mine.py").write_text(
        "def load(count): return {'rows': list(range(count)), 'metrics': {'accuracy': 0.5}}\n"
    )
    found = submit(write(folder, NOTEBOOK), separate)["results"]
    assert found["one"]["square"] == 0.25
    assert found["each"]["square"] == [0, 1]
    assert found["each"]["told"] == ["row 0", "row 1"]


def test_what_a_cached_task_depends_on(
    separate: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        tasks:
          count:
            run: mine:count
            options: {cache: true}
            inputs: {n: 1, told: "${first.stdout}!"}
          first: {command: "echo ${parameters.word}", options: {cache: true}}
        parameters: {word: a}
    """
    ran = folder / "ran"
    code = f"def count(n, told):\n    open({str(ran)!r}, 'a').write('x')\n    return told * n\n"
    (folder / "mine.py").write_text(code)
    file = write(folder, text)
    told = [submit(file, separate)["results"]["count"]["result"] for _ in range(2)]
    assert told == ["a!", "a!"]
    assert ran.read_text() == "x"
    assert submit(file, separate, "-p", "word", "b")["results"]["count"]["result"] == "b!"
    assert ran.read_text() == "xx"
    (folder / "mine.py").write_text(code.replace("told * n", "told + str(n)"))
    assert submit(file, separate)["results"]["count"]["result"] == "a!1"
