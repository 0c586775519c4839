"""The service's time, in which deadlines are given."""

from __future__ import annotations

import time

_TOLERANCE = 2.0


class ServerClock:
    """Devices' own clocks may be hours off; less than two seconds is taken for delay on the way."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._offset

    def observe(self, server_time: float) -> None:
        offset = server_time - time.time()
        self._offset = offset if abs(offset) > _TOLERANCE else 0.0
