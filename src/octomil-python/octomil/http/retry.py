"""Waiting and trying again."""

from __future__ import annotations

import random
from typing import Callable, Optional, TypeVar

from ..errors import ServiceError

T = TypeVar("T")
_QUICK_TRIES = 12
_FIRST, _QUICK, _CAP = 0.25, 2.0, 30.0


class Backoff:
    """Seconds before the next try: full jitter, uniform in [0, ceiling). The ceiling doubles to two seconds, stays there for a dozen
    tries, so that a restarted service has its devices back soon, and then doubles to 30."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._tries = 0

    def next(self, at_least: Optional[float] = None) -> float:
        wait = (at_least or 0.0) + ceiling(self._tries) * self._chance()
        self._tries += 1
        return wait

    def reset(self) -> None:
        self._tries = 0


def ceiling(tries: int) -> float:
    """The longest wait after so many tries, in seconds."""
    if tries < _QUICK_TRIES:
        return min(_FIRST * 2.0**tries, _QUICK)
    return min(_QUICK * 2.0 ** min(tries - _QUICK_TRIES + 1, 16), _CAP)


def spread(interval: float) -> float:
    """Spreads the calls of many devices: up to a fifth shorter."""
    return interval * (1 - 0.2 * random.random())


def retry(
    call: Callable[[], T],
    sleep: Callable[[float], None],
    on_failure: Optional[Callable[[ServiceError, float], None]] = None,
    max_tries: Optional[int] = None,
) -> T:
    """Repeats a call while its failure is transient.

    ``sleep`` waits so many seconds, or raises to give up. Raises the last ServiceError once the tries are used up.
    """
    backoff = Backoff()
    tries = 1
    while True:
        try:
            return call()
        except ServiceError as error:
            if not error.is_transient or (max_tries is not None and tries >= max_tries):
                raise
            wait = backoff.next(error.retry_after)
            if on_failure is not None:
                on_failure(error, wait)
        sleep(wait)
        tries += 1
