"""What the strategies against drift (scaffold, feddyn) do on a device: a shift of every gradient, and a vector kept from round to round."""

from __future__ import annotations

from array import array
from typing import Dict, Optional, Tuple

from ..errors import TrainingError
from ..weights.update import LocalResult
from .assignment import Assignment


class DeviceMemory:
    """A vector by run and device. What a round made of it counts once a later round comes: until then the same round may come again, and
    starts from what was before."""

    def __init__(self) -> None:
        self._entries: Dict[Tuple[str, str], Tuple[int, array, array]] = {}

    def at(self, assignment: Assignment, device_id: str, length: int) -> array:
        """The vector at the beginning of the round; zeros at first."""
        entry = self._entries.get((assignment.session_id, device_id))
        if entry is not None:
            values = entry[2] if entry[0] < assignment.round_number else entry[1]
            if len(values) == length:
                return values
        return array("f", bytes(4 * length))

    def keep(self, assignment: Assignment, device_id: str, before: array, after: array) -> None:
        """Of an accepted update: what it was made from, and what it made of it."""
        self._entries[(assignment.session_id, device_id)] = (assignment.round_number, before, after)


class DriftTerm:
    """One round's term. ``own``: what the device kept; ``server``: the server's control, for scaffold."""

    def __init__(self, assignment: Assignment, own: array, server: array) -> None:
        if len(server) != len(own):
            raise TrainingError(f"The server's control has {len(server)} elements; the model has {len(own)} trained parameters.")
        self._assignment, self.own, self._server = assignment, own, server
        self._is_scaffold = assignment.strategy == "scaffold"
        #: Weight of the term's own proximal part, or None.
        self.alpha: Optional[float] = None if self._is_scaffold else assignment.alpha or 0.0
        #: Added to the gradient of every step.
        self.shift = array("f", (c - c_i for c, c_i in zip(server, own)) if self._is_scaffold else (-h for h in own))

    def finish(self, result: LocalResult) -> array:
        """What is kept until the next round; for scaffold the result gets what its control changed by."""
        if not self._is_scaffold:
            # Acar et al. 2021, "Federated Learning Based on Dynamic Regularization", algorithm 1, line 8: h_i -= alpha (w - w_global).
            return array("f", (h - (self.alpha or 0.0) * d for h, d in zip(self.own, result.difference)))
        # Karimireddy et al. 2020, SCAFFOLD, algorithm 1, line 12, option II: c_i+ - c_i = -c + (x - y) / (K lr).
        training = self._assignment.training
        effective = effective_steps(max(1, result.steps), training.get("momentum") or 0.0) * training["learning_rate"]
        result.control_difference = array("f", (-c - d / effective for c, d in zip(self._server, result.difference)))
        return array("f", (c_i + d for c_i, d in zip(self.own, result.control_difference)))


def effective_steps(steps: int, momentum: float) -> float:
    """How many plain steps of SGD so many with momentum amount to: each gradient counts again in the steps after its own (Wang et al. 2020,
    FedNova, section 3)."""
    return (steps - momentum * (1 - momentum**steps) / (1 - momentum)) / (1 - momentum) if momentum else float(steps)
