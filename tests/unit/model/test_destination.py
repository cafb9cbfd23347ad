"""How people write where files are to be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from maze_nb.errors import OptionError
from maze_nb.model.destination import parse_destination

GOOD = {
    "http": "http",
    "/shared/": "/shared",
    "S3://bucket/a/": "s3://bucket/a",
    "s3://bucket": "s3://bucket",
    "file:///shared": "file:///shared",
    "https://host:8080/x": "https://host:8080/x",
}
BAD = {
    "gs://bucket": "gs://, where nothing can be kept: known are",
    "htps://host": "did you mean 'https'",
    "results": "absolute path",
    "": "such as",
    "s3://": "does not say where",
    "file://host/x": "three slashes",
    "https://ann:pass-word@host/x": "a user, a password",
    "s3://key:pass-word@bucket": "a user, a password",
    "https://host/x?Signature=pass-word": "a query",
}


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str):
    assert parse_destination(text, "it") == GOOD[text]


def test_none_and_paths():
    assert parse_destination(None, "it") == ""
    assert parse_destination(Path("/shared"), "it") == "/shared"


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str):
    with pytest.raises(OptionError) as raised:
        parse_destination(text, "option 'destination' of task 'train'")
    assert BAD[text] in str(raised.value)
    assert str(raised.value).startswith("option 'destination' of task 'train'")
    assert "pass-word" not in str(raised.value)
