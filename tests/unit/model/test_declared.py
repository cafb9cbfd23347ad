"""What workers declare: the grammar of ``dask worker --resources``, and what makes no sense."""

from __future__ import annotations

import pytest

from maze_nb.errors import ResourceError
from maze_nb.model.declared import check_declared, declared_text, parse_declared


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("", {}),
        ("GPU=2", {"GPU": 2}),
        ("GPU=2 VRAM=32000", {"GPU": 2, "VRAM": 32000}),
        ("GPU=2,VRAM=32e3", {"GPU": 2, "VRAM": 32000}),
        ("  CPU=0.5,  MEM=10 ", {"CPU": 0.5, "MEM": 10}),
        ("GPU=0", {"GPU": 0}),
        ("LICENSE=3 SSD=1 TPU=4 GPU-A100=1 process=1", None),
    ],
)
def test_is_read_as_dask_reads_it(text, declared):
    found = parse_declared(text)
    check_declared(found)
    assert found == declared or declared is None
    pairs = (pair.split("=") for pair in text.replace(",", " ").split())
    assert found == {name: float(number) for name, number in pairs}
    assert parse_declared(declared_text(found)) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GPU=x", "GPU=x in --resources: 'x' is not a number; give one, such as GPU=2"),
        ("GPU=", "'' is not a number"),
        ("GPU=1=2", "'1=2' is not a number"),
        ("GPU", "'GPU' in --resources is not NAME=NUMBER"),
        ("=2", "'=2' in --resources is not NAME=NUMBER"),
        ("GPU = 2", "'GPU' in --resources is not NAME=NUMBER"),
        ("GPU=1 GPU=1", "GPU is given twice"),
        ("GPU=nan", "GPU=nan in --resources: give a finite number"),
        ("VRAM=inf GPU=1", "VRAM=inf in --resources: give a finite number"),
        ("LICENSE=inf", "give a finite number"),
        ("GPU=-1", "GPU=-1 in --resources: it must not be negative"),
        ("MEM=-0.5", "must not be negative"),
        ("LICENSE=-2", "must not be negative"),
        ("GPU=1.5", "GPU=1.5 in --resources: GPU counts devices, so give a whole number"),
        ("VRAM=32000", "VRAM=32000 in --resources has no GPU to belong to"),
        ("GPU=0 VRAM=1", "has no GPU to belong to"),
    ],
)
def test_what_makes_no_sense_is_refused(text, said):
    with pytest.raises(ResourceError) as caught:
        check_declared(parse_declared(text, where="--resources"), where="--resources")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gpu", "GPU"),
        ("Gpu", "GPU"),
        ("GPUS", "GPU"),
        ("cpu", "CPU"),
        ("CPUS", "CPU"),
        ("MEMORY", "MEM"),
        ("memory", "MEM"),
        ("RAM", "MEM"),
        ("MEM_MB", "MEM"),
        ("cpu_mem", "MEM"),
        ("VRAM_MB", "VRAM"),
        ("vram", "VRAM"),
        ("VRM", "VRAM"),
        ("gpu_mem", "VRAM"),
        ("GPU-MEMORY", "VRAM"),
    ],
)
def test_names_that_resemble_one_of_mazes_get_a_hint(name, meant):
    with pytest.raises(ResourceError) as caught:
        check_declared({"GPU": 1, name: 1}, where="--resources")
    assert str(caught.value) == (
        f"{name!r} in --resources is no resource that Maze knows: did you mean {meant!r}?"
    )
