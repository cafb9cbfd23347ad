"""Durations, sizes, ids and resources as people read them."""

from __future__ import annotations

import pytest

from maze_nb.projection.humane import (
    count_text,
    duration_text,
    resource_text,
    short_id,
    size_text,
    typed_id,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (0.0001, "<1 ms"),
        (0.045, "45 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (0.12, "0.12 s"),
        (0.996, "1.0 s"),
        (1.2, "1.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (3720, "1 h 02 min"),
        (86_400 * 2 + 3600 * 3, "2 d 03 h"),
    ],
)
def test_duration(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [
        (-5, "0 B"),
        (512, "512 B"),
        (1023, "1023 B"),
        (1024, "1.0 kB"),
        (3500, "3.4 kB"),
        (1024 * 1024 - 1, "1.0 MB"),
        (8 * 2**30, "8.0 GB"),
        (5000 * 2**50, "5000.0 PB"),
    ],
)
def test_size(nbytes, text):
    assert size_text(nbytes) == text


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"cpu": 1, "cpu_mem": 0, "gpu": 0, "gpu_mem": 0}, "1 core"),
        ({"cpu": 0.5, "gpu": 0.5, "gpu_mem": 8192}, "0.5 cores · GPU 0.5 · 8.0 GB VRAM"),
        ({"cpu": 4, "cpu_mem": 2048}, "4 cores · 2.0 GB"),
        ({"cpu": "many", "gpu": True}, ""),
    ],
)
def test_resources(resources, text):
    assert resource_text(resources) == text


@pytest.mark.parametrize(
    ("run_id", "text"), [("abc", "abc"), ("3f9c12ab77aa4c10", "3f9c12ab…"), ("", "")]
)
def test_short_id(run_id, text):
    assert short_id(run_id) == text
    assert text.startswith(typed_id(run_id))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 tasks"), (1, "1 task"), (12_000, "12,000 tasks")]
)
def test_count(number, text):
    assert count_text(number, "task") == text
