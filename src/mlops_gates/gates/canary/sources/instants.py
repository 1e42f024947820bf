"""An instant that a recorded stream tells, in Unix seconds."""

from __future__ import annotations

import math
import re
from datetime import datetime

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
_MILLISECONDS = 1e11
"""From here on a number is milliseconds: as seconds it would lie in the year 5138, as milliseconds in 1973."""


def instant(text: str) -> float:
    """Unix seconds of ISO 8601 with an offset or Z, or of an epoch in seconds or milliseconds.

    Raises ValueError in words, without the text. A time without an offset is refused: it is an hour off where clocks change,
    and several where the file came from another place.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        seconds = number / 1000 if number >= _MILLISECONDS else number
        if not (math.isfinite(seconds) and 0 < seconds < _MILLISECONDS):
            raise ValueError("the time is no epoch in seconds or milliseconds")
        return seconds
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("the time has no offset from UTC (such as Z or +02:00)") from None
        seconds = moment.timestamp()
    except OverflowError:
        raise ValueError("the time lies beyond the calendar") from None
    except ValueError as error:
        if "offset from UTC (such" in str(error):
            raise
        raise ValueError("the time is neither ISO 8601 nor an epoch in seconds or milliseconds") from None
    if seconds <= 0:
        raise ValueError("the time lies before 1970")
    return seconds
