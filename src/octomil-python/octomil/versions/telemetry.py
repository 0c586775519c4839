"""What local inferences come to, counted by version: how many, how they ended, how long they took, how often they were right. Never what went
in or came out."""

from __future__ import annotations

import atexit
import bisect
import threading
from typing import Any, Dict, List, Optional, Tuple

from .evaluation import Evaluation, Mean
from .markers import CrashMarker, CrashMarkers

#: As the service takes them: reports in a batch, inferences in a report, upper bounds of the latencies' buckets in milliseconds.
MOST_REPORTS, MOST_INFERENCES = 16, 100_000
#: Milliseconds; no inference takes longer than an hour.
MOST_LATENCY_MS = 3_600_000.0
LATENCY_BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
# A program uses a few versions; one that makes names up must not fill the memory.
_MOST_VERSIONS = 256
_Key = Tuple[str, str]


class Tally:
    """Counts of one version."""

    def __init__(self) -> None:
        self._inferences = self._errors = 0
        self._latency = [0] * (len(LATENCY_BOUNDS_MS) + 1)
        self._latency_total = 0.0
        self._accuracy, self._loss = Mean(), Mean()

    def add(self, latency_ms: float, error: bool) -> None:
        if self._inferences == MOST_INFERENCES:
            return  # More than the service takes at once: what it has is enough to judge by.
        self._inferences += 1
        if error:
            self._errors += 1
        else:
            self._latency[bisect.bisect_left(LATENCY_BOUNDS_MS, latency_ms)] += 1
            self._latency_total += min(latency_ms, MOST_LATENCY_MS)

    def evaluate(self, evaluation: Evaluation) -> None:
        self._accuracy.add(evaluation.count, evaluation.accuracy)
        self._loss.add(evaluation.count, evaluation.loss)

    def report(self, model_id: str, version: str) -> Dict[str, Any]:
        return {
            "model_id": model_id, "version": version, "inferences": self._inferences, "errors": self._errors, "latency_ms": list(self._latency),
            "latency_total_ms": self._latency_total, **self._accuracy.report("accuracy"), **self._loss.report("loss"),
        }


class InferenceTelemetry:
    """Thread-safe. With markers, a process that dies while it uses a version is counted as a crash of it by the next one."""

    def __init__(self, markers: Optional[CrashMarkers]) -> None:
        self._markers = markers
        self._gate = threading.Lock()
        self._tallies: Dict[_Key, Tally] = {}
        self._serving: Dict[str, CrashMarker] = {}
        self._closed = False
        # A program that ends in order has not crashed, whether or not it closed its client.
        atexit.register(self.close)

    def serve(self, model_id: str, version: str) -> None:
        """The program answers with this version of the model from now on."""
        with self._gate:
            before = self._serving.get(model_id)
            if self._markers is None or self._closed or (before is not None and before.version == version):
                return
            self._forget(model_id)
            marker = self._markers.begin(model_id, version)
            if marker is not None:
                self._serving[model_id] = marker

    def record(self, model_id: str, version: str, latency_ms: float, error: bool) -> None:
        """An inference ended."""
        self.serve(model_id, version)
        with self._gate:
            tally = self._tally(model_id, version)
            if tally is not None:
                tally.add(latency_ms, error)

    def evaluate(self, model_id: str, version: str, evaluation: Evaluation) -> None:
        """It was learned what came of answers, perhaps long after they were given."""
        with self._gate:
            tally = self._tally(model_id, version)
            if tally is not None:
                tally.evaluate(evaluation)

    def take_batch(self) -> List[Dict[str, Any]]:
        """What was counted since the last batch, at most as much as one may hold."""
        with self._gate:
            keys = list(self._tallies)[:MOST_REPORTS]
            return [self._tallies.pop(key).report(*key) for key in keys]

    def take_crashes(self, most: int) -> List[CrashMarker]:
        """Crashes of processes that were here before, to be told. Raises OSError."""
        return [] if self._markers is None else self._markers.take_left(most)

    def close(self) -> None:
        """Ends in order: nothing that happens to the process from here on is a crash."""
        atexit.unregister(self.close)
        with self._gate:
            self._closed = True
            for model_id in list(self._serving):
                self._forget(model_id)

    def _tally(self, model_id: str, version: str) -> Optional[Tally]:
        tally = self._tallies.get((model_id, version))
        if tally is None and len(self._tallies) < _MOST_VERSIONS:
            tally = self._tallies[(model_id, version)] = Tally()
        return tally

    def _forget(self, model_id: str) -> None:
        marker = self._serving.pop(model_id, None)
        if marker is not None:
            marker.delete()
