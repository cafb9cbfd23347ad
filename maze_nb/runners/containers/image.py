"""Getting the image of a container: from the engine, or by pulling it."""

from __future__ import annotations

import sys
from typing import Any

from maze_nb.errors import TaskFailedError
from maze_nb.runners.containers.engine import Engine, said

POLICIES = ("missing", "always", "never")


def have_image(engine: Engine, image: str, policy: str) -> None:
    """See to it that the engine has an image.

    Parameters
    ----------
    policy
        When it is pulled: if it is ``missing``, ``always`` or ``never``.

    Raises
    ------
    TaskFailedError
        If it is not there and may not, or cannot, be pulled.
    """
    from docker.errors import APIError, ImageNotFound

    if policy != "always":
        try:
            engine.client.images.get(image)
            return
        except ImageNotFound:
            if policy == "never":
                raise TaskFailedError(
                    f'image {image!r} is not on this node, and pull="never" forbids to get it: '
                    f"pull it there, or leave pull out"
                ) from None
        except APIError as error:
            raise _bad(image, said(error)) from None
    try:
        _pull(engine, image)
    except APIError as error:
        raise _bad(image, said(error)) from None


def _pull(engine: Engine, image: str) -> None:
    from docker.utils import parse_repository_tag

    print(f"Pulling image {image}", file=sys.stderr, flush=True)  # noqa: T201 - the task's log
    repository, tag = parse_repository_tag(image)
    told: dict[str, Any]
    for told in engine.client.api.pull(repository, tag or "latest", stream=True, decode=True):
        if told.get("error"):
            raise _bad(image, str(told["error"]))


def _bad(image: str, reason: str) -> TaskFailedError:
    return TaskFailedError(
        f"image {image!r} cannot be had: {reason.strip()}; check its name, that this node reaches "
        f"its registry, and that it is logged in there"
    )
