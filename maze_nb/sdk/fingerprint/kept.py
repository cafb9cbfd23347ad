"""The digests of values in files, each of which is read once for all that ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.wire.blobs import BlobFolder
from maze_nb.wire.kept_value import KeptValue, MappedValue

_known: dict[str, str] = {}


def is_read(value: Any) -> bool:
    """Tell whether a value stands for one in a file that its name does not tell well enough."""
    return isinstance(value, KeptValue) and not value.is_plain


def digest_of_kept(kept: KeptValue, digest: Callable[[Any], tuple[str, bool]]) -> tuple[str, bool]:
    """Return the digest of a value in a file, and whether there is code in it.

    Parameters
    ----------
    digest
        Returns both for a value. It is asked again only where there is code, which may be edited.
    """
    known = _known.get(kept.name)
    if known is not None:
        return known, False
    try:
        found, has_code = digest(MappedValue(BlobFolder().path(kept.name)).load())
    except Exception:  # noqa: BLE001 - taking values apart runs anybody's code
        return digest_of("kept", kept.name), False
    if not has_code:
        _known[kept.name] = found
    return found, has_code
