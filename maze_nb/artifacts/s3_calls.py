"""Calls of S3 through s3fs, and which of its faults may pass."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from maze_nb.artifacts.packages import check_packages
from maze_nb.artifacts.tries import PassingError
from maze_nb.errors import ArtifactError

_FOR_GOOD = {
    "AccessDenied",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidBucketName",
    "InvalidToken",
    "NoSuchBucket",
    "NoSuchKey",
    "PermanentRedirect",
    "SignatureDoesNotMatch",
    "403",
    "404",
}
_VARIABLES = (
    ("endpoint_url", "AWS_ENDPOINT_URL"),
    ("endpoint_url", "AWS_ENDPOINT_URL_S3"),
    ("key", "AWS_ACCESS_KEY_ID"),
    ("secret", "AWS_SECRET_ACCESS_KEY"),
    ("token", "AWS_SESSION_TOKEN"),
)


class Call:
    """Calls S3 by the names of its operations, as boto3 has them."""

    def __init__(self) -> None:
        self._fs: Any = None

    def __call__(self, operation: str, **arguments: Any) -> Any:
        """Return what an operation answers."""
        return self._connected().call_s3(operation, **arguments)

    def read(self, **arguments: Any) -> bytes:
        """Return what ``get_object`` gives, whole."""
        from fsspec.asyn import sync

        fs = self._connected()
        return bytes(sync(fs.loop, _read, fs, **arguments))

    def _connected(self) -> Any:
        if self._fs is None:
            import s3fs

            self._fs = s3fs.S3FileSystem(**_options())
            self._fs.retries = 1
        return self._fs


def _options() -> dict[str, Any]:
    """Return what the environment says now: s3fs has one session for the same options."""
    from fsspec.config import conf

    set_apart = conf.get("s3", {})
    # How often it is tried is ours to say, not botocore's too.
    found = {
        "config_kwargs": {"retries": {"max_attempts": 0}, **set_apart.get("config_kwargs", {})}
    }
    return found | {
        option: os.environ[name]
        for option, name in _VARIABLES
        if os.environ.get(name) and option not in set_apart
    }


async def _read(fs: Any, **arguments: Any) -> bytes:
    answer = await fs._call_s3("get_object", **arguments)
    async with answer["Body"] as body:
        return bytes(await body.read())


def code_of(error: BaseException | None) -> str:
    """Return the code that S3 gave, empty if it gave none."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
        error = error.__cause__
    return ""


@contextmanager
def passing_faults(what: str) -> Iterator[None]:
    """Raise `PassingError` for what may go well next time, ArtifactError for what will not."""
    check_packages("s3")
    from aiohttp import ClientError as ConnectionLostError
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise ArtifactError(
            f"{what}: there are no credentials for S3 here; set AWS_ACCESS_KEY_ID and "
            f"AWS_SECRET_ACCESS_KEY in the environment of the worker"
        ) from error
    except (BotoCoreError, ClientError, ConnectionLostError, OSError, EOFError) as error:
        if code_of(error) in _FOR_GOOD:
            raise ArtifactError(f"{what}: {error}") from error
        raise PassingError(f"{type(error).__name__}: {error}") from error
