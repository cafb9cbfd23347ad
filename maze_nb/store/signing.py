"""Signatures over files, with a secret that never leaves this machine."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from maze_nb.errors import StoreError

SECRET_BYTES = 32
SIGNATURE_BYTES = 32


def secret(file: Path) -> bytes:
    """Return the secret in a file; it is made the first time, for its owner's eyes only.

    Of several processes that make it at once, all return the same.

    Raises
    ------
    StoreError
        If it cannot be read or made, or is not a secret.
    """
    try:
        if not file.exists():
            _make(file)
        found = file.read_bytes()
    except OSError as error:
        raise StoreError(
            f"the key of the result cache, {file}, can be neither read nor made "
            f"({error.strerror}): make its folder writable, or set MAZE_HOME to another one"
        ) from error
    if len(found) != SECRET_BYTES:
        raise StoreError(
            f"the key of the result cache, {file}, has {len(found)} bytes, not {SECRET_BYTES}: "
            f"remove it, and a new one is made; what is cached does not count any more then"
        )
    return found


def sign(key: bytes, purpose: str, data: bytes) -> bytes:
    """Return `data` with its signature in front; `purpose` is part of what is signed."""
    return _signature(key, purpose, data) + data


def checked(key: bytes, purpose: str, signed: bytes) -> bytes | None:
    """Return the data in what `sign` made, None if it was not made with this key and purpose."""
    signature, data = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    return data if hmac.compare_digest(signature, _signature(key, purpose, data)) else None


def _signature(key: bytes, purpose: str, data: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + data, hashlib.sha256)


def _make(file: Path) -> None:
    """Make the file with all its content at once, unless another process is first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(secrets.token_bytes(SECRET_BYTES))
            made.flush()
            os.fsync(made.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
