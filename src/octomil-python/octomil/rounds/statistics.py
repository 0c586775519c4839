"""Keeps statistics from giving rows away."""

from __future__ import annotations

from typing import Any, Dict

from ..errors import NotSupportedError

FEWEST_ROWS = 10


def guard(report: Dict[str, Any]) -> Dict[str, Any]:
    """The mean of one row is the row: whatever the trainer counted, nothing of fewer than 10 values leaves the device. A feature of too
    few is sent as one without values; too few rows altogether raise NotSupportedError."""
    if report["rows"] < FEWEST_ROWS:
        raise NotSupportedError(f"Statistics of fewer than {FEWEST_ROWS} rows would say too much about each.")
    none = {"count": 0, "mean": 0.0, "m2": 0.0}
    features = {name: feature if feature["count"] >= FEWEST_ROWS else none for name, feature in report["features"].items()}
    return {"rows": report["rows"], "features": features}
