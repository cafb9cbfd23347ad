"""What is said of tasks of workflow files that are wrong: the line, the field, and what to do."""

from __future__ import annotations

import textwrap

import pytest

from tests.unit.sdk.workflow_file.problem import Case, check, problems_of

TASKS: dict[str, Case] = {
    "an unknown word": (
        "a: {run: 'jobs:train', inptus: {lr: 1}}",
        [
            (2, "tasks.a.inptus", "is not known here: did you mean 'inputs'?"),
        ],
    ),
    "a wrong type": (
        "a: {run: 'jobs:train', inputs: [lr]}",
        [(2, "tasks.a.inputs", "is a list, but has to be a dict")],
    ),
    "a file that is not there": (
        "a:\n    command: 'cat ${file[\"nope.txt\"]}'",
        [(3, "tasks.a.command", "no file is at ")],
    ),
    "a file with a long name": (
        f"a: {{command: 'cat ${{file[\"{'x' * 300}\"]}}'}}",
        [(2, "tasks.a.command", "File name too long")],
    ),
    "a file that is a folder": (
        "a: {run: 'jobs:train', inputs: {lr: '${file[\".\"]}'}}",
        [(2, "tasks.a.inputs.lr", "is a folder (")],
    ),
    "nothing to do": ("a: {inputs: {x: 1}}", [(2, "tasks.a", "has nothing to do: give it one of")]),
    "two things to do": (
        "a: {run: 'jobs:train', command: echo}",
        [(2, "tasks.a", "has run and command: give it one of")],
    ),
    "a container without image": (
        "a: {container: {imge: x}}",
        [
            (2, "tasks.a.container", "has to have 'image'"),
            (2, "tasks.a.container.imge", "is not known here: did you mean 'image'?"),
        ],
    ),
    "words of containers": (
        "a: {container: {image: x, pull: allways, read_only: 1, mounts: x}}",
        [
            (2, "tasks.a.container.mounts", "is 'x', but has to be a list or a dict"),
            (2, "tasks.a.container.pull", "has to be 'always' or 'missing' or 'never'"),
            (2, "tasks.a.container.read_only", "has to be true or false"),
        ],
    ),
    "values of containers": (
        (
            "a: {container: {image: 'a b'}}\nb: {container: {image: a, mounts: [x]}}\n"
            "c: {container: x, outputs: {log: ../x}}\nd: {container: x, outputs: [log]}\n"
            "e: {container: x, outputs: {log: {text: x}}}\nf: {container: x, cwd: y}"
        ),
        [
            (2, "tasks.a.container", "an image must be a name such as"),
            (3, "tasks.b.container", "'x'"),
            (4, "tasks.c.container", "not '../x'"),
            (5, "tasks.d.outputs", "has to be a dict of the files that a container leaves"),
            (6, "tasks.e.outputs.log", "has to be the name or pattern of files"),
            (7, "tasks.f.cwd", "is only for a command"),
        ],
    ),
    "references in containers": (
        (
            "t: {command: echo}\na: {container: {image: 'x${t.stdout}'}}\n"
            "b: {container: {image: x, command: \"echo '${t.stdout}'\"}}\n"
            "c: {container: {image: x, command: ['${t.stdotu}']}}\n"
            "d: {container: {image: x, command: '${inputs.a.b}'}, inputs: {a: {b: 1}}}"
        ),
        [
            (3, "tasks.a.container.image", "${t.stdout} is known only in the run"),
            (4, "tasks.b.container", "${t.stdout} stands in single quotes, in which a shell"),
            (5, "tasks.c.container.command[0]", "has no output 'stdotu'"),
            (6, "tasks.d.container.command", "name the part under inputs"),
        ],
    ),
    "a name": ("a b: {command: echo}", [(2, "tasks.a b", "'a b' cannot name a task")]),
    "a reserved name": ("item: {command: echo}", [(2, "tasks.item", "cannot name a task")]),
    "a number as name": ("1: {command: echo}", [(2, "tasks", "the name 1 has to be a text")]),
    "no import path": ("a: {run: train}", [(2, "tasks.a.run", "'train' is no import path")]),
    "no module": (
        "a: {run: 'jbos:train'}",
        [
            (
                2,
                "tasks.a.run",
                (
                    "there is no module 'jbos', neither installed nor beside the file: "
                    "did you mean 'jobs'?"
                ),
            )
        ],
    ),
    "no function": (
        "a: {run: 'jobs:trian'}",
        [(2, "tasks.a.run", "module 'jobs' has no 'trian': did you mean 'train'?")],
    ),
    "no function but a number": (
        "a: {run: 'jobs:NUMBER'}",
        [(2, "tasks.a.run", "jobs:NUMBER is int, no function")],
    ),
    "a generator": ("a: {run: 'jobs:generate'}", [(2, "tasks.a.run", "is a generator")]),
    "a module that breaks": (
        "a: {run: 'broken:x'}",
        [(2, "tasks.a.run", "module 'broken' cannot be imported: ZeroDivisionError")],
    ),
    "a module that exits": (
        "a: {run: 'exits:x'}",
        [(2, "tasks.a.run", "module 'exits' cannot be imported: SystemExit")],
    ),
    "a module that is no Python": (
        "a: {run: 'nonsense:x'}",
        [(2, "tasks.a.run", "module 'nonsense' cannot be imported: SyntaxError")],
    ),
    "a misspelt input, and so a missing one": (
        "a:\n  run: jobs:train\n  inputs:\n    lrr: 1.0\n",
        [
            (5, "tasks.a.inputs.lrr", "train has no such input: did you mean 'lr'?"),
            (5, "tasks.a.inputs", "train needs 'lr', which is not given"),
        ],
    ),
    "a type hint": (
        "a:\n  run: jobs:train\n  inputs:\n    epochs: 3\n    lr: fast\n",
        [(6, "tasks.a.inputs.lr", "takes 'lr' as float, but is given 'fast' (str)")],
    ),
    "other outputs than the decorator's": (
        "a: {run: 'jobs:fit', inputs: {rows: []}, outputs: [loss]}",
        [(2, "tasks.a.outputs", "the decorator of fit says loss, model: leave it out here")],
    ),
    "resources and options, all at once": (
        (
            "a:\n  command: echo\n  resources: {cpu: many, gpuu: 1, cpu_mem: -1}\n"
            "  options: {timeout: -1, retries: 1.5, priority: 900, retry_on: OSErorr}\n"
        ),
        [
            (4, "tasks.a.resources.cpu", "is 'many', but has to be a number"),
            (4, "tasks.a.resources.gpuu", "did you mean 'gpu'?"),
            (5, "tasks.a.options.retries", "is 1.5, but has to be a whole number"),
        ],
    ),
    "values of resources and options, all at once": (
        (
            "a:\n  command: echo\n  resources: {cpu_mem: -1}\n"
            "  options: {timeout: -1, priority: 900, retry_on: OSErorr, env: {1a: x}}\n"
        ),
        [
            (4, "tasks.a.resources.cpu_mem", "must not be negative"),
            (5, "tasks.a.options.timeout", "a timeout cannot be negative"),
            (5, "tasks.a.options.priority", "a whole number from -100 to 100"),
            (5, "tasks.a.options.retry_on", "is no exception type: did you mean 'OSError'?"),
            (5, "tasks.a.options.env", "is no name of an environment variable"),
        ],
    ),
    "needs nobody": (
        "train: {command: echo}\nb: {command: echo, dependsOn: [trian]}",
        [(3, "tasks.b.dependsOn", "no task is called 'trian': did you mean 'train'?")],
    ),
    "no such reference": (
        "train: {command: echo}\nb: {command: 'echo ${trian.stdout}'}",
        [(3, "tasks.b.command", "no task is called 'trian': did you mean 'train'?")],
    ),
    "no such reference, and none is near": (
        "train: {command: echo}\nb: {command: 'echo ${zzz.stdout}'}",
        [(3, "tasks.b.command", "no task is called 'zzz': known are: 'b', 'train'")],
    ),
    "a word for something else is near": (
        "train: {command: echo}\nb: {command: 'echo ${parms.x}'}",
        [(3, "tasks.b.command", "no task is called 'parms': did you mean 'parameters'?")],
    ),
    "no such output": (
        "t: {command: echo}\nb: {command: 'echo ${t.sdtout}'}",
        [(3, "tasks.b.command", "task 't' has no output 'sdtout': did you mean 'stdout'?")],
    ),
    "a part without result": (
        "t: {run: 'jobs:train', inputs: {lr: 1.0}}\nb: {command: 'echo ${t.accuracy}'}",
        [(3, "tasks.b.command", "for a part of its result write ${t.result.accuracy}")],
    ),
    "a task itself": (
        "t: {command: echo}\nb: {command: 'echo ${t}'}",
        [(3, "tasks.b.command", "${t} is a task itself: give one of its outputs, ${t.exit_code}")],
    ),
    "a reference that is not closed": (
        "b: {command: 'echo ${t.x'}",
        [(2, "tasks.b.command", "is not closed by a }")],
    ),
    "a reference that is none": (
        "b: {command: 'echo ${t..x}'}",
        [(2, "tasks.b.command", "is no reference")],
    ),
    "a reference where the value is needed before": (
        "t: {command: echo}\nb: {command: echo, options: {timeout: '${t.exit_code}'}}",
        [(3, "tasks.b.options.timeout", "${t.exit_code} is known only in the run, but has to be")],
    ),
    "a cycle": (
        (
            "a: {command: 'echo ${c.stdout}'}\nb: {command: 'echo ${a.stdout}'}\n"
            "c: {command: echo, needs: b}\nd: {command: 'echo ${a.stdout}'}"
        ),
        [(2, "tasks.a.command", "these tasks wait for each other: a → c → b → a")],
    ),
    "itself": (
        "a: {command: echo, needs: a}",
        [(2, "tasks.a.needs", "these tasks wait for each other: a → a")],
    ),
    "an item without foreach": (
        "a: {command: 'echo ${item}'}",
        [(2, "tasks.a.command", "there is no item: give the task foreach")],
    ),
    "a range that counts down": (
        "a: {command: 'echo ${item}', foreach: 5..1}",
        [(2, "tasks.a.foreach", "5..1 counts down: write 1..5")],
    ),
    "a range without end": (
        "a: {command: 'echo ${item}', foreach: 1..99999999}",
        [(2, "tasks.a.foreach", "has more than 1,000,000 items")],
    ),
    "no range": (
        "a: {command: 'echo ${item}', foreach: abc}",
        [(2, "tasks.a.foreach", "'abc' is neither a range, as 1..100 is, nor a reference")],
    ),
    "lists of several lengths": (
        "a: {command: 'echo ${item.x}', foreach: {x: [1, 2], y: 1..3}}",
        [(2, "tasks.a.foreach", "one item of each is taken at a time, but x has 2, y has 3")],
    ),
    "an unknown item": (
        "a: {command: 'echo ${item.z}', foreach: {x: [1, 2]}}",
        [(2, "tasks.a.command", "${item.z}: foreach has no 'z'")],
    ),
    "two inputs that could take the items": (
        "a: {run: 'two:add', foreach: [1, 2]}",
        [(2, "tasks.a.foreach", "no input takes its items: several could (a, b)")],
    ),
    "a condition that computes": (
        "t: {command: echo}\nb: {command: echo, when: '${t.exit_code} == 0'}",
        [(3, "tasks.b.when", "is no condition: write ${check.ok}, or not ${check.ok}")],
    ),
    "a reference in single quotes": (
        "t: {command: echo}\nb: {command: \"echo '${t.stdout}'\"}",
        [(3, "tasks.b.command", "${t.stdout} stands in single quotes")],
    ),
    "a folder that is known too late": (
        "t: {command: echo}\nb: {command: echo, cwd: '${t.stdout}', name: 'a ${t.stdout}'}",
        [
            (3, "tasks.b.cwd", "${t.stdout} is known only in the run, but has to be known before"),
            (3, "tasks.b.name", "${t.stdout} is known only in the run"),
        ],
    ),
    "an option in parts": (
        "a: {command: echo, options: {env: {A: '${b.stdout}'}}}\nb: {command: echo}",
        [(2, "tasks.a.options.env.A", "${b.stdout} is known only in the run")],
    ),
    "nothing to run for": (
        "a: {command: echo, foreach: , when: ~}",
        [
            (2, "tasks.a.foreach", "is nothing: give it a value, or leave it out"),
            (2, "tasks.a.when", "is nothing: give it a value, or leave it out"),
        ],
    ),
    "nothing to do, said so": ("a: {command: }", [(2, "tasks.a", "has nothing to do")]),
    "an output twice": (
        "a: {run: 'jobs:train', inputs: {lr: 1.0}, outputs: [x, x]}",
        [(2, "tasks.a.outputs[1]", "'x' is there twice")],
    ),
    "a file that is nothing": (
        "a: {command: touch, outputs: {w: {path: }}}",
        [(2, "tasks.a.outputs.w", "takes one of path, text, json")],
    ),
    "a NUL character": (
        'a: {command: "echo \\0"}\nb: {command: [echo, "\\0"]}',
        [
            (2, "tasks.a.command", "has a NUL character in it"),
            (3, "tasks.b.command[1]", "has a NUL character in it"),
        ],
    ),
    "a variable of the shell": (
        "a: {command: 'echo ${HOME}'}",
        [(2, "tasks.a.command", "a variable of the shell is written $HOME or $${HOME}")],
    ),
    "an empty command": ("a: {command: ' '}", [(2, "tasks.a.command", "is empty")]),
    "an empty list of words": ("a: {command: []}", [(2, "tasks.a.command", "is empty")]),
    "a file outside": (
        "a: {command: touch, outputs: {x: ../x, exit_code: y, z: {yaml: q}, w: {}}}",
        [
            (2, "tasks.a.outputs.z.yaml", "is not known here"),
        ],
    ),
    "files outside": (
        "a: {command: touch, outputs: {x: ../x, exit_code: y, w: {}}}",
        [
            (2, "tasks.a.outputs.exit_code", "every command has an output 'exit_code' already"),
            (2, "tasks.a.outputs.w", "takes one of path, text, json"),
            (2, "tasks.a.outputs.x", "must be a file in the folder where it runs"),
        ],
    ),
    "outputs that no file can be": (
        (
            "a:\n  command: touch\n  outputs:\n    artifacts: x\n    a: {json: '*.json'}\n"
            "    b: stdout.log"
        ),
        [
            (5, "tasks.a.outputs.artifacts", "every command has an output 'artifacts' already"),
            (6, "tasks.a.outputs.a", "'*.json' is a pattern: as json only one is read"),
            (7, "tasks.a.outputs.b", "a file of Maze's own"),
        ],
    ),
    "limits": (
        (
            "a:\n  command: echo\n  limits: {open_file: 3, file_mb: 0, cpu_seconds: many}\n"
            "b: {run: 'jobs:train', inputs: {lr: 1.0}, limits: {file_mb: 1}}"
        ),
        [
            (4, "tasks.a.limits.cpu_seconds", "is 'many', but has to be a whole number"),
            (4, "tasks.a.limits.open_file", "did you mean 'open_files'?"),
            (5, "tasks.b.limits", "is only for a command"),
        ],
    ),
    "a limit that makes no sense": (
        "a: {command: echo, limits: {file_mb: 0}}",
        [(2, "tasks.a.limits.file_mb", "must be a whole number from 1 on")],
    ),
    "a backslash before a reference": (
        "t: {command: echo}\nb: {command: 'echo \\${t.stdout} \\\\${t.stdout}'}",
        [(3, "tasks.b.command", "a \\ stands before ${t.stdout}")],
    ),
    "a reference in a text that is not replaced": (
        "t: {command: echo}\nb:\n  command: |\n    cat <<'END'\n    ${t.stdout} {x}\n    END",
        [(4, "tasks.b.command", "${t.stdout} stands in single quotes")],
    ),
    "an output that a command does not make": (
        "a: {command: echo, outputs: [model]}",
        [(2, "tasks.a.outputs", "write outputs: {model: FILE} for a file that it leaves")],
    ),
    "a secret in parts": (
        "a: {command: 'echo ${secrets.A.b}'}",
        [(2, "tasks.a.command", "a secret is written ${secrets.NAME}")],
    ),
    "an unknown input of its own": (
        "a: {command: 'echo ${inputs.y}', inputs: {x: 1}}",
        [(2, "tasks.a.command", "${inputs.y}: no such input: known are: 'x'")],
    ),
    "no notebook": (
        "a: {notebook: no.ipynb}",
        [(2, "tasks.a.notebook", "cannot be read")],
    ),
    "a folder for a function": (
        "a: {run: 'jobs:train', inputs: {lr: 1.0}, cwd: x}",
        [(2, "tasks.a.cwd", "is only for a command")],
    ),
    "only the cause": (
        "a: {run: 'jobs:trian'}\nb: {command: 'echo ${a.result}'}\nc: {command: echo, needs: b}",
        [(2, "tasks.a.run", "did you mean 'train'?")],
    ),
    "what else is wrong beside a wrong cause": (
        "a: {run: 'jobs:trian'}\nb: {run: 'jobs:train', inputs: {lr: '${a.result}', x: 1}}",
        [
            (2, "tasks.a.run", "did you mean 'train'?"),
            (3, "tasks.b.inputs.x", "train has no such input"),
        ],
    ),
}


@pytest.mark.parametrize("case", TASKS)
def test_tasks_that_are_wrong(folder, case) -> None:
    text, expected = TASKS[case]
    check(problems_of(folder, "tasks:\n" + textwrap.indent(text, "  ")), expected)


def test_names_of_files_with_quotes(tmp_path) -> None:
    (tmp_path / 'a "b".csv').write_text("x")
    text = """tasks:\n  a:\n    command: cat ${file['a "b".csv']}\n"""
    assert problems_of(tmp_path, text) == []
