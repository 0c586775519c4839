"""The offer of a round to this device, as the hub and the listing give it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, Dict, Mapping, Optional

from ..errors import ServiceError

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def unix_time(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time. Raises ValueError."""
    match = _TIME.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time such as 2026-11-24T12:00:00Z")
    zone = "+00:00" if match[3] == "Z" else match[3]
    return datetime.fromisoformat(match[1] + zone).astimezone(timezone.utc).timestamp() + float(match[2] or 0)


class Assignment:
    """One round. Raises ServiceError if the document is not an assignment."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        try:
            self.round_id: str = document["round_id"]
            self.session_id: str = document["session_id"]
            self.round_number: int = document["round_number"]
            #: train, statistics or evaluate.
            self.kind: str = document["kind"]
            self.model_id: str = document["model_id"]
            self.model: str = document["model"]
            self.architecture: Optional[Dict[str, Any]] = document.get("architecture") or None
            self.base_url: str = document["base"]["url"]
            self.base_sha256: str = document["base"]["sha256"]
            self.base_bytes: int = document["base"]["bytes"]
            #: Seconds since 1970, by the service's clock.
            self.deadline: float = unix_time(document["deadline"])
            self.training: Dict[str, Any] = dict(document["training"])
            self.strategy: str = document["strategy"]["name"]
            #: Weight of feddyn's term, or None.
            self.alpha: Optional[float] = document["strategy"].get("alpha")
            #: Where the server's control of a scaffold run is; None before its first round.
            self.control: Optional[Mapping[str, Any]] = document.get("control")
            #: Weight of FedProx's term mu/2 ||w - base||^2; None: no term.
            self.proximal_mu: Optional[float] = document["strategy"].get("proximal_mu")
            #: L2 bound on the whole difference, or None.
            self.clip_norm: Optional[float] = document.get("clip_norm")
            self.max_magnitude: float = document["limits"]["max_magnitude"]
            self.deadline_text: str = document["deadline"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServiceError(f"The service sent an assignment that cannot be read ({error}).", hint="A newer SDK may know it.") from error

    def concerns(self, model: str) -> bool:
        """True if the round is over this model, by name or id."""
        return model in (self.model, self.model_id)
