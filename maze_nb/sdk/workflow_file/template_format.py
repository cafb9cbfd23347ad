"""What can stand in a template: ``apiVersion``, ``kind``, ``metadata`` and a ``spec`` of stages."""

# The words are those of the templates.
# ruff: noqa: N815

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from maze_nb.sdk.workflow_file.format import (
    ContainerEntry,
    FileEntry,
    LimitsEntry,
    OptionsEntry,
    Words,
)

Quantity = Annotated[
    int | float | str, Meta(description="A number of MB, or with a unit: 24GB, 16Gi.")
]


class MetadataEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a template is called; labels and annotations are for people."""

    name: str | None = None
    description: str | None = None
    labels: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None


class GpuEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Devices: how many, and how much memory each has to have."""

    count: int | float | str | None = None
    memory: Quantity | None = None
    type: Annotated[str, Meta(description="Only 'any'; for others tag nodes.")] | None = None


class HardwareEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a stage asks of its node."""

    cpu: Annotated[int | float | str, Meta(description="Cores: 2, '500m'.")] | None = None
    memory: Quantity | None = None
    gpu: GpuEntry | None = None


class TemplateResourcesEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a stage asks for."""

    hardware: HardwareEntry | None = None
    replicas: Annotated[int, Meta(description="Only 1.")] | None = None


class DestinationEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Where the files and results of a stage are put beside the run store."""

    type: Annotated[str, Meta(description="http, s3 or local; by default local.")] | None = None
    path: Annotated[str, Meta(description="Of local: a folder for the results too.")] | None = None
    url: (
        Annotated[
            str, Meta(description="Of s3 and http; http without one is the scheduler's own server.")
        ]
        | None
    ) = None
    bucket: Annotated[str, Meta(description="Of s3, in place of url.")] | None = None
    prefix: Annotated[str, Meta(description="Of s3, beside bucket.")] | None = None


class OutputEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of the results of a stage."""

    destination: DestinationEntry | None = None


class LoadEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a stage starts from; one of the two. It is given to the stage as input checkpoint."""

    path: str | None = None
    url: str | None = None


class CheckpointEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a stage starts from."""

    load: LoadEntry | None = None


class SpecEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What a stage does."""

    taskType: Annotated[str, Meta(description="python, command, container or notebook.")] | None = (
        None
    )
    resources: TemplateResourcesEntry | None = None
    output: OutputEntry | None = None
    checkpoint: CheckpointEntry | None = None
    dependsOn: Words | None = None
    run: str | None = None
    command: str | list[Any] | None = None
    notebook: str | None = None
    container: str | ContainerEntry | None = None
    inputs: dict[str, Any] | None = None
    outputs: list[str] | dict[str, str | FileEntry] | None = None
    options: OptionsEntry | None = None
    when: str | bool | None = None
    foreach: str | list[Any] | dict[str, str | list[Any]] | None = None
    cwd: str | None = None
    limits: LimitsEntry | None = None


class StageEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One stage of several."""

    name: str
    spec: SpecEntry
    dependsOn: Words | None = None


class TemplateSpecEntry(SpecEntry, forbid_unknown_fields=True):
    """The one stage of a template, or its stages."""

    stages: list[StageEntry] | None = None


class TemplateEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A template."""

    apiVersion: str
    kind: str
    spec: TemplateSpecEntry
    metadata: MetadataEntry | None = None
    parameters: dict[str, Any] | None = None
