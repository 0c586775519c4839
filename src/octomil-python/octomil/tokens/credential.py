"""What requests carry to say whose they are."""

from __future__ import annotations

from typing import Optional


class Credential:
    """Thread-safe."""

    def get(self) -> Optional[str]:
        """A secret that is good now; None: requests carry none. Raises ServiceError if there is none any more, or it cannot be had now."""
        raise NotImplementedError

    def renew(self, refused: str) -> bool:
        """After the service refused that secret: True if there is another one. Raises ServiceError if it cannot be had now."""
        return False

    def close(self) -> None:
        """Ends what is under way."""


class FixedCredential(Credential):
    """The same secret for ever, such as an API key; or none."""

    def __init__(self, secret: Optional[str]) -> None:
        self._secret = secret

    def get(self) -> Optional[str]:
        return self._secret
