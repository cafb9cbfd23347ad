"""Secrets of the task that runs, taken out of whatever text leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

MASK = "•••"
_SHORTEST = 4
"""Shorter lines of a secret are left alone: they would be found everywhere."""

# Not one for each context: threads that the task starts have its secrets too. What has secrets
# runs in a child process, which has one task at a time.
_secrets: tuple[str, ...] = ()


def mask(text: str) -> str:
    """Return a text without the secrets of the task in which this code runs.

    Examples
    --------
    >>> with masking(["hunter22"]):
    ...     mask("the password is hunter22")
    'the password is •••'
    """
    return _replaced(text, _secrets)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets.

    Examples
    --------
    >>> without("the password is hunter22", ["hunter22"])
    'the password is •••'
    """
    return _replaced(text, _forms(secrets))


def mask_all(data: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle of what is displayed without the secrets of the task."""
    if not _secrets:
        return data
    return {key: _masked(value) for key, value in data.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return mask_all(value)
    return [_masked(each) for each in value] if isinstance(value, list) else value


def holds_secret(data: bytes) -> bool:
    """Tell whether a secret of the task stands in some bytes."""
    return any(secret.encode(errors="surrogatepass") in data for secret in _secrets)


@contextmanager
def masking(secrets: Iterable[str]) -> Iterator[None]:
    """Have these secrets masked inside the block: each as a whole, and in the form of ``repr``."""
    global _secrets
    before, _secrets = _secrets, _forms(secrets)
    try:
        yield
    finally:
        _secrets = before


def _forms(secrets: Iterable[str]) -> tuple[str, ...]:
    forms = {
        form
        for secret in secrets
        for text in (secret, *(line.strip() for line in secret.splitlines()))
        for form in (text, repr(text)[1:-1])
        if text and (text == secret or len(text) >= _SHORTEST)
    }
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _replaced(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, MASK)
    return text
