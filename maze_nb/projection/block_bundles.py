"""The output of a task by MIME type: as Jupyter shows text, displays and errors of its own."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from maze_nb.projection.output_blocks import (
    Block,
    DisplayBlock,
    EarlierBlock,
    ErrorBlock,
    TextBlock,
)

_STREAM_MIME = "application/vnd.jupyter."
_ANSI = re.compile(r"\x1b\[[0-9;:?]*[A-Za-z]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_SVG = "image/svg+xml"
_ERROR_TYPE = re.compile(r"^([ \t].*\n)(\w[\w.]*)(?=: |$)", re.MULTILINE)
_PRE = (
    '<pre style="margin:0;white-space:pre-wrap;font-size:var(--jp-code-font-size,13px);'
    'color:inherit;{more}">{text}</pre>'
)
_WARNING = "background:var(--jp-rendermime-error-background,rgba(213,94,0,.15))"
_SUMMARY = "cursor:pointer;color:var(--jp-ui-font-color2,#757575)"

Whole = Callable[[Mapping[str, object]], Mapping[str, Any] | None]
"""Gives the bundle that is in a file, or None if it cannot be had."""


class Bundle(NamedTuple):
    """Representations by MIME type, and what goes with them."""

    data: dict[str, Any]
    metadata: dict[str, Any]


EMPTY = Bundle({"text/plain": ""}, {})
"""What takes no room: a bundle without any type would have exporters complain."""


def bundles_of(
    blocks: Sequence[Block], slots: int, where: str, whole: Whole = lambda _: None
) -> list[Bundle]:
    """Return one bundle for each of so many slots; what exceeds them is in the last as HTML.

    Parameters
    ----------
    where
        Says how to see text that was left out.
    whole
        Brings displays that are too big for a message.
    """
    fitting = len(blocks) if len(blocks) <= slots else slots - 1
    bundles = [block_bundle(block, where, whole) for block in blocks[:fitting]]
    if fitting < len(blocks):
        bundles.append(combined(blocks[fitting:], where, whole))
    return bundles + [EMPTY] * (slots - len(bundles))


def block_bundle(block: Block, where: str, whole: Whole) -> Bundle:
    """Return one block as Jupyter would show it."""
    match block:
        case TextBlock():
            text = _text_of(block, where)
            return Bundle({"text/plain": text, f"{_STREAM_MIME}{block.stream}": text}, {})
        case ErrorBlock():
            shown = block.traceback if block.shown is None else block.shown
            text = _sendable(shown.rstrip())
            return Bundle({"text/plain": text, f"{_STREAM_MIME}stderr": _coloured(text)}, {})
        case DisplayBlock():
            return Bundle(_data_of(block, whole), dict(block.metadata))
        case EarlierBlock():
            return combined([block], where, whole)


def combined(blocks: Iterable[Block], where: str, whole: Whole) -> Bundle:
    """Return several blocks as one bundle of HTML and plain text."""
    markup, texts = [], []
    for block in blocks:
        if isinstance(block, EarlierBlock):
            inner = combined(block.blocks, where, whole)
            said = _sendable(f"attempt {block.attempt}: {block.reason}".rstrip(": "))
            markup.append(
                f'<details><summary style="{_SUMMARY}">{escape(said)}</summary>'
                f"{inner.data['text/html']}</details>"
            )
            texts.append(f"[{said}]\n{inner.data['text/plain']}")
        else:
            bundle = block_bundle(block, where, whole)
            markup.append(_markup(block, bundle))
            texts.append(_plain(bundle.data))
    plain = "\n".join(text.rstrip("\n") for text in texts)
    return Bundle({"text/html": "\n".join(markup), "text/plain": plain}, {})


def plain_text(blocks: Iterable[Block], where: str) -> str:
    """Return blocks as text for a terminal."""
    return str(combined(blocks, where, lambda _: None).data["text/plain"])


def _markup(block: TextBlock | DisplayBlock | ErrorBlock, bundle: Bundle) -> str:
    if isinstance(block, DisplayBlock):
        return f"<div>{_display_markup(bundle)}</div>"
    is_loud = isinstance(block, ErrorBlock) or block.stream == "stderr"
    return _pre(_plain(bundle.data), _WARNING if is_loud else "")


def _display_markup(bundle: Bundle) -> str:
    data = bundle.data
    if "text/html" in data:
        return _joined(data["text/html"])
    for kind in (_SVG, *_IMAGES):
        if kind not in data:
            continue
        content = _joined(data[kind])
        if kind == _SVG:
            content = b64encode(content.encode()).decode()
        said = bundle.metadata.get(kind)
        sizes = said if isinstance(said, Mapping) else {}
        attributes = "".join(
            f' {side}="{sizes[side]}"'
            for side in ("width", "height")
            if isinstance(sizes.get(side), int | float)
        )
        source = escape("".join(content.split()), quote=True)
        return f'<img src="data:{kind};base64,{source}"{attributes} style="max-width:100%">'
    return _pre(_plain(data))


def _pre(text: str, more: str = "") -> str:
    return _PRE.format(text=escape(_ANSI.sub("", text).rstrip("\n")), more=more)


def _plain(data: Mapping[str, Any]) -> str:
    for kind in ("text/plain", "text/markdown", "text/latex"):
        if kind in data:
            return _joined(data[kind])
    return f"<{', '.join(data) or 'nothing to show'}>"


def _text_of(block: TextBlock, where: str) -> str:
    text = _sendable(block.text)
    if not block.left_out:
        return text
    return f"… {block.left_out:,} characters before this are left out: {where}\n{text}"


def _data_of(block: DisplayBlock, whole: Whole) -> dict[str, Any]:
    found = whole(block.stored) if block.stored is not None else None
    data = dict(block.data if found is None else found)
    return data or {"text/plain": "<a display that is too big to be shown here>"}


def _coloured(traceback: str) -> str:
    """Return a traceback with the types of its errors in colour."""
    return _ERROR_TYPE.sub("\\1\x1b[1;31m\\2\x1b[0m", traceback)


def _joined(value: object) -> str:
    # Notebooks may hold a text as a list of its lines.
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _sendable(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text)
