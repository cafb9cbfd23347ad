"""One upload to S3: in parts, and on from the parts that are there already."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.s3_calls import Call, code_of
from maze_nb.artifacts.tries import PassingError
from maze_nb.errors import ArtifactError

_LEAST = 5 << 20
_PART = 8 << 20
_MOST_PARTS = 10_000


class Upload:
    """Sends one file; the object is there whole, or not at all.

    S3 holds each part against its MD5 as it comes. The object has the SHA-256 of the whole in its
    metadata.

    Parameters
    ----------
    sha256
        What the SHA-256 of the file is.
    """

    def __init__(self, call: Call, path: Path, bucket: str, key: str, sha256: str) -> None:
        self._call = call
        self._path = path
        self._where = {"Bucket": bucket, "Key": key}
        self._sha256 = sha256
        self._upload: dict[str, str] = {}
        self._sent = 0
        self._has_begun = False

    def progress(self) -> int:
        """Return how many bytes are there."""
        return self._sent

    def send(self) -> None:
        """Send what is not there yet.

        Raises
        ------
        ArtifactError
            If the file is not what it should be.
        Exception
            Whatever s3fs raises.
        """
        size = self._path.stat().st_size
        if self._is_there(size):
            return
        if size <= _PART:
            self._send_whole()
        else:
            self._send_parts(size)
        if not self._is_there(size):
            raise PassingError("what is there afterwards is something else")

    def give_up(self) -> None:
        """Have the parts that are there taken away, which would be paid for."""
        if self._upload:
            with suppress(Exception):
                self._call("abort_multipart_upload", **self._upload)

    def _is_there(self, size: int) -> bool:
        try:
            head = self._call("head_object", **self._where)
        except OSError as error:
            if code_of(error) in ("404", "NoSuchKey"):
                return False
            raise
        told = head.get("Metadata", {}).get("sha256")
        return bool(head["ContentLength"] == size and told == self._sha256)

    def _send_whole(self) -> None:
        data = self._path.read_bytes()
        self._check(hashlib.sha256(data).hexdigest())
        bandwidth().take(len(data))
        self._call(
            "put_object",
            Body=data,
            ContentMD5=_md5(data),
            Metadata={"sha256": self._sha256},
            **self._where,
        )

    def _send_parts(self, size: int) -> None:
        if not self._upload:
            self._upload = {**self._where, "UploadId": self._begun() or self._begin()}
        try:
            there = dict(self._parts())
            parts = self._sent_parts(there, size)
            self._call(
                "complete_multipart_upload", MultipartUpload={"Parts": parts}, **self._upload
            )
        except OSError as error:
            if code_of(error) == "NoSuchUpload":
                self._upload, self._sent = {}, 0
                raise PassingError("what was sent of it is gone") from error
            raise
        self._upload = {}

    def _sent_parts(self, there: dict[int, tuple[str, int]], size: int) -> list[dict[str, Any]]:
        cap, digest, self._sent = bandwidth(), hashlib.sha256(), 0
        whole = _LEAST if cap.is_capped else _PART
        length = max(whole, -(-size // _MOST_PARTS))
        parts: list[dict[str, Any]] = []
        with self._path.open("rb") as file:
            while data := file.read(length):
                digest.update(data)
                number, tag = len(parts) + 1, hashlib.md5(data, usedforsecurity=False).hexdigest()
                if there.get(number) == (tag, len(data)):
                    found = tag
                else:
                    cap.take(len(data))
                    found = self._call(
                        "upload_part",
                        Body=data,
                        PartNumber=number,
                        ContentMD5=_md5(data),
                        **self._upload,
                    )["ETag"]
                parts.append({"PartNumber": number, "ETag": found})
                self._sent += len(data)
        self._check(digest.hexdigest())
        return parts

    def _begin(self) -> str:
        metadata = {"sha256": self._sha256}
        answer = self._call("create_multipart_upload", Metadata=metadata, **self._where)
        return str(answer["UploadId"])

    def _begun(self) -> str:
        """Return the newest upload of this key that another process began and did not finish.

        Parts of something else in it are sent anew. The metadata may be of something else too,
        which is seen when it is complete; then one is begun here.
        """
        if self._has_begun:
            return ""
        self._has_begun = True
        bucket, key = self._where["Bucket"], self._where["Key"]
        found = self._call("list_multipart_uploads", Bucket=bucket, Prefix=key)
        begun = [each for each in found.get("Uploads", ()) if each["Key"] == key]
        return str(max(begun, key=lambda each: each["Initiated"])["UploadId"]) if begun else ""

    def _parts(self) -> Iterator[tuple[int, tuple[str, int]]]:
        after: dict[str, Any] = {}
        while True:
            found = self._call("list_parts", **self._upload, **after)
            for part in found.get("Parts", ()):
                yield part["PartNumber"], (part["ETag"].strip('"'), part["Size"])
            if not found.get("IsTruncated"):
                return
            after = {"PartNumberMarker": found["NextPartNumberMarker"]}

    def _check(self, found: str) -> None:
        if found != self._sha256:
            raise ArtifactError(
                f"{self._path.name!r} was changed while it was sent: its SHA-256 is {found}, not "
                f"{self._sha256}"
            )


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
