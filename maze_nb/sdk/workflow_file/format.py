"""What can stand in a workflow file: the words, and what each takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Reference = Annotated[
    str, Meta(pattern=r"^\$\{.*\}$", description="A reference, such as ${parameters.cores}.")
]
Number = int | float | Reference
Whole = int | Reference
Words = str | list[str]
TypeName = Literal["str", "int", "float", "bool", "list", "dict", "any"]


class ParameterEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A parameter, which is given when the file is submitted."""

    type: Annotated[TypeName, Meta(description="By default that of the default value.")] | None = (
        None
    )
    default: Annotated[Any, Meta(description="Its value where none is given.")] = None
    required: Annotated[bool, Meta(description="Whether it has to be given.")] | None = None
    choices: Annotated[list[Any], Meta(description="The only values that it takes.")] | None = None
    description: str | None = None


class ResourcesEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a task asks for."""

    cpu: Annotated[Number, Meta(description="Cores.")] | None = None
    cpu_mem: Annotated[Number, Meta(description="Memory in MB.")] | None = None
    gpu: Annotated[Number, Meta(description="GPU devices; below 1 a share of one.")] | None = None
    gpu_mem: Annotated[Number, Meta(description="Memory in MB on each device.")] | None = None


class OptionsEntry(msgspec.Struct, forbid_unknown_fields=True):
    """How a task is run; the options of ``@task``."""

    timeout: Annotated[Number, Meta(description="Seconds one attempt may take.")] | None = None
    isolation: Literal["auto", "thread", "process"] | Reference | None = None
    retries: Annotated[Whole, Meta(description="How often it is tried again.")] | None = None
    backoff: Annotated[Number, Meta(description="Seconds before the first retry.")] | None = None
    retry_on: Annotated[
        Words | None,
        Meta(description="Exceptions after which it is tried again: OSError, module:MyError."),
    ] = None
    priority: Annotated[Whole, Meta(description="From -100 to 100; higher first.")] | None = None
    deadline: Annotated[Number, Meta(description="Seconds from the run's start.")] | None = None
    tags: Annotated[Words, Meta(description="What a node has to be tagged with.")] | None = None
    prefer: Annotated[Words, Meta(description="Tags of nodes that are taken first.")] | None = None
    keep: Literal["store", "memory", "both"] | Reference | None = None
    cache: (
        Annotated[bool, Meta(description="Whether earlier results are taken.")] | Reference | (None)
    ) = None
    version: str | int | float | None = None
    node: Annotated[str, Meta(description="The one node that may run it.")] | None = None
    env: (
        Annotated[dict[str, str | int | float], Meta(description="Environment variables.")] | None
    ) = None
    destination: (
        Annotated[str, Meta(description="Where its files go: s3://bucket/x, file:///x, http.")]
        | None
    ) = None
    secrets: Annotated[Words, Meta(description="Names of secrets put into its environment.")] | (
        None
    ) = None


class LimitsEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What each process of a command is limited to."""

    cpu_seconds: Annotated[Whole, Meta(description="Seconds that it computes.")] | None = None
    file_mb: Annotated[Whole, Meta(description="MB that it writes to one file.")] | None = None
    open_files: Annotated[Whole, Meta(description="Files that it has open.")] | None = None


class FileEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A file that a command leaves in its folder, as an output; one of the three."""

    path: Annotated[str, Meta(description="The output is the file.")] | None = None
    text: Annotated[str, Meta(description="The output is the text in the file.")] | None = None
    json: Annotated[str, Meta(description="The output is what the file holds as JSON.")] | None = (
        None
    )


class ContainerEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A container, run by the Docker or Podman of its worker."""

    image: Annotated[str, Meta(description="The image, such as python:3.12-slim.")]
    command: (
        Annotated[
            str | list[Any],
            Meta(description="A line for /bin/sh in it, or words for its entrypoint."),
        ]
        | None
    ) = None
    mounts: (
        Annotated[
            list[str] | dict[str, str], Meta(description="Of the worker's machine: /data:/data:ro.")
        ]
        | None
    ) = None
    pull: Literal["missing", "always", "never"] | None = None
    network: Annotated[bool | str, Meta(description="Whether it has one, or its name.")] | (
        None
    ) = None
    user: Annotated[str | int, Meta(description="As whom it runs, such as 1000:1000.")] | None = (
        None
    )
    cwd: Annotated[str, Meta(description="In which of its folders it runs.")] | None = None
    read_only: (
        Annotated[bool, Meta(description="Whether it writes only into /results and /tmp.")] | None
    ) = None


class TaskEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One task: what it does, by exactly one of the first four, and how."""

    run: Annotated[str, Meta(description="A Python function, as module:function.")] | None = None
    command: (
        Annotated[
            str | list[Any],
            Meta(description="A text for Bash, or a program and its arguments."),
        ]
        | None
    ) = None
    notebook: Annotated[str, Meta(description="The path of a notebook.")] | None = None
    container: str | ContainerEntry | None = None
    inputs: Annotated[dict[str, Any], Meta(description="The value of each input.")] | None = None
    outputs: (
        Annotated[
            list[str] | dict[str, str | FileEntry],
            Meta(description="Names of what it makes; of a command the files that it leaves."),
        ]
        | None
    ) = None
    resources: ResourcesEntry | None = None
    options: OptionsEntry | None = None
    needs: Annotated[Words, Meta(description="Tasks that have to be done before.")] | None = None
    dependsOn: Annotated[Words, Meta(description="The same as needs.")] | None = None  # noqa: N815
    when: (
        Annotated[
            str | bool,
            Meta(description="Runs only if this is true: ${check.ok}, or not ${check.ok}."),
        ]
        | None
    ) = None
    foreach: (
        Annotated[
            str | list[Any] | dict[str, str | list[Any]],
            Meta(description="Runs once for each item: a list, 1..100, or a reference to a list."),
        ]
        | None
    ) = None
    cwd: Annotated[
        str, Meta(description="Where a command runs; by default a folder of its own.")
    ] | (None) = None
    limits: LimitsEntry | None = None
    name: Annotated[str, Meta(description="What people call it; by default its key.")] | None = None
    description: str | None = None


class WorkflowEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A workflow: its tasks by name, and what it takes."""

    tasks: dict[str, TaskEntry]
    name: Annotated[str, Meta(description="By default the name of the file.")] | None = None
    description: str | None = None
    parameters: (
        Annotated[
            dict[str, Any],
            Meta(description="By name: a default value, or a dict with type, default, required."),
        ]
        | None
    ) = None
    schema: str | None = msgspec.field(name="$schema", default=None)


KINDS = ("run", "command", "notebook", "container")
"""The words of a task that say what it does; exactly one of them stands in each."""
