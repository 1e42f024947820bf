"""A small histogram as one word, for a table cell or a terminal."""

from __future__ import annotations

from collections.abc import Sequence

_HEIGHTS = "▁▂▃▄▅▆▇█"


def bars(shares: Sequence[float], highest: float) -> str:
    """One block per share, as high as its part of `highest`; an empty bin is a dot, so that it is not taken for a low one."""
    if not highest > 0:
        return ""
    steps = (min(len(_HEIGHTS) - 1, int(share / highest * len(_HEIGHTS))) for share in shares)
    return "".join("·" if share <= 0 else _HEIGHTS[step] for share, step in zip(shares, steps, strict=True))
