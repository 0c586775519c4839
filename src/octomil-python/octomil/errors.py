"""What can go wrong, as one small hierarchy. Every message is readable and holds no key and at most one short cell of the data."""

from __future__ import annotations

from typing import Optional


class OctomilError(Exception):
    """Anything this package raises of its own. ``hint`` says how to mend it, where that is known."""

    hint: Optional[str] = None

    def __init__(self, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else type(self).hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ServiceError(OctomilError):
    """The service refused a call, or could not be reached."""

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        code: str = "unexpected_answer",
        retry_after: Optional[float] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(message, hint)
        #: The HTTP status; None if there was no answer.
        self.status = status
        #: The service's stable error code, or ``unreachable``, ``timed_out``, ``unexpected_answer``, ``revoked``.
        self.code = code
        #: Seconds the service asked to wait before the next try.
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """The same call may succeed later: no answer, 408, 429, 502, 503 or 504."""
        if self.status is None:
            return self.code in ("unreachable", "timed_out")
        return self.status in (408, 429, 502, 503, 504)


class ConnectionFailedError(ServiceError):
    """The service was not reached, or did not answer in time."""


class AuthenticationError(ServiceError):
    """The key is wrong, revoked, or lacks the scope ``devices:write``."""


class DeviceRevokedError(AuthenticationError):
    """A tenant revoked this device."""

    hint = "Ask the organization's administrators; a revoked device takes no part any more."


class NoRunError(OctomilError):
    """No training run selected this device in time."""

    hint = "Is a run started over this model, and is this device in its group?"


class DataError(OctomilError):
    """The local data cannot be used as they are; the message says where and why."""


class WeightsError(OctomilError):
    """Bytes are not weights, or not of this model. ``code`` is as the service names it, such as ``invalid_header``."""

    def __init__(self, message: str, code: str = "invalid_weights", hint: Optional[str] = None) -> None:
        super().__init__(message, hint)
        self.code = code


class ArchitectureError(OctomilError):
    """A model's architecture is not one of the catalog."""


class TrainingError(OctomilError):
    """Local training gave what cannot be sent."""


class TrainingDivergedError(TrainingError):
    """Training left the range of numbers."""

    hint = "Use a lower learning rate, or scale the inputs (a statistics round does)."


class NotSupportedError(OctomilError):
    """This device cannot do what was asked of it."""
