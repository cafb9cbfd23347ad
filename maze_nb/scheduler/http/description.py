"""``/api/v1/openapi.json``: the description of the API."""

from __future__ import annotations

from typing import Any, ClassVar

from maze_nb.scheduler.http.api_handler import ApiHandler


class Description(ApiHandler):
    """Tells the description, which says nothing of this cluster, to whoever asks."""

    is_open: ClassVar[bool] = True

    async def get(self) -> None:
        """Tell it."""
        described: dict[str, Any] = self.settings["openapi"]
        self.tell(described)
