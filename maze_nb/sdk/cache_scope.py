"""Which results of the result cache are found: all, or those of one execution of a notebook."""

from __future__ import annotations

import hashlib
import os

import msgspec

from maze_nb.wire.submission import CacheParts

VARIABLE = "MAZE_CACHE_SCOPE"
"""Names the scope, if there is one: results are found only where it is as it was for them."""
_PART = "what is computed anew"


def scoped(parts: CacheParts) -> CacheParts:
    """Return what the outputs of a task depend on, together with the scope."""
    scope = os.environ.get(VARIABLE)
    if not scope:
        return parts
    digest = hashlib.sha256(scope.encode()).hexdigest()
    return msgspec.structs.replace(parts, code={**parts.code, _PART: digest})
