"""Artifacts in S3, or in whatever speaks its protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.copying import fill, filled
from maze_nb.artifacts.location import checked_name, shown
from maze_nb.artifacts.s3_calls import Call, passing_faults
from maze_nb.artifacts.s3_upload import Upload
from maze_nb.artifacts.tries import with_tries
from maze_nb.errors import ArtifactError

_PIECE = 8 << 20


class S3Store:
    """Keeps files in a bucket, under a prefix.

    Who may, and where it is, s3fs knows from the environment: ``AWS_ACCESS_KEY_ID``,
    ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL``, AWS's own files, ``FSSPEC_S3`` as JSON with
    options of ``s3fs.S3FileSystem``, or the files of fsspec's configuration.

    Parameters
    ----------
    url
        ``s3://bucket/prefix``, or the URL of a file.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._call = Call()

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Keep a copy of a file; see `ArtifactStore.put`."""
        url = f"{self._url}/{checked_name(name)}"
        upload = Upload(self._call, path, *bucket_and_key(url), sha256)
        what = f"{path.name} was not uploaded to {shown(url)}"
        try:
            with_tries(partial(self._put, upload, what), what, upload.progress)
        except BaseException:
            upload.give_up()
            raise
        return url

    def get(self, url: str, to: Path, sha256: str = "") -> None:
        """Fetch what is at a URL; see `ArtifactStore.get`."""
        bucket, key = bucket_and_key(url)
        what = f"{shown(url)} was not fetched"
        marks = [sha256]
        fetch = partial(self._get, bucket, key, to, sha256, marks, what)
        filled(fetch, what, to, lambda: marks[-1])

    def _put(self, upload: Upload, what: str) -> None:
        with passing_faults(what):
            upload.send()

    def _get(
        self, bucket: str, key: str, to: Path, sha256: str, marks: list[str], what: str
    ) -> None:
        with passing_faults(what):
            head = self._call("head_object", Bucket=bucket, Key=key)
            marks.append(sha256 or hashlib.sha256(head["ETag"].encode()).hexdigest())
            pieces = partial(self._pieces, bucket, key, head)
            fill(to, marks[-1], sha256, pieces, head["ContentLength"])

    def _pieces(self, bucket: str, key: str, head: dict[str, Any], start: int) -> Iterator[bytes]:
        cap = bandwidth()
        size, piece = head["ContentLength"], cap.chunk if cap.is_capped else _PIECE
        while start < size:
            end = min(start + piece, size)
            cap.take(end - start)
            # If it is replaced meanwhile, this is refused, so that no two versions are mixed.
            data = self._call.read(
                Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}", IfMatch=head["ETag"]
            )
            yield data
            start = end


def bucket_and_key(url: str) -> tuple[str, str]:
    """Return the bucket that a URL names, and the key in it.

    Examples
    --------
    >>> bucket_and_key("s3://models/runs/r1/model.tar.gz")
    ('models', 'runs/r1/model.tar.gz')
    """
    bucket, _, key = url.partition("://")[2].partition("/")
    if not bucket or not key:
        raise ArtifactError(f"{shown(url)!r} has to be s3://bucket/key")
    return bucket, key
