"""The access token of a token file."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from contextlib import contextmanager
from typing import Callable, Iterator, Optional

from ..errors import AuthenticationError, ServiceError
from ..http.api import Api
from .credential import Credential
from .token_file import MAKE_HINT, DeviceTokens, locked, read_tokens, write_tokens

log = logging.getLogger("octomil")
_TRY_AGAIN = 5.0


class TokenCredential(Credential):
    """Renews the token before it ends and when the service refuses it. A renewal is named in the file before it is asked for, so that one
    whose answer gets lost, with the program or the network, is repeated under its name and locks nobody out.

    api: the service, asked without a secret.
    """

    def __init__(self, path: str, api: Api, now: Callable[[], float] = time.time) -> None:
        self._path, self._api, self._now = os.path.abspath(path), api, now
        self._gate = threading.Lock()
        self._tokens: Optional[DeviceTokens] = None
        self._refused: Optional[str] = None
        self._not_before = 0.0

    def get(self) -> str:
        kept = self._tokens
        if kept is not None and self._is_fresh(kept):
            return kept.access_token
        with self._turn():
            tokens = self._read()
            if self._is_fresh(tokens):
                return tokens.access_token
            try:
                return self._refresh(tokens).access_token
            except ServiceError as error:
                if not error.is_transient or self._now() >= tokens.expires_at:
                    raise
                # It is good for a while yet.
                log.warning("The device's tokens could not be renewed: %s", error)
                self._not_before = self._now() + _TRY_AGAIN
                return tokens.access_token

    def renew(self, refused: str) -> bool:
        with self._turn():
            tokens = self._read()
            try:
                # Another program of this device, or a request beside this one, may have renewed it.
                if tokens.access_token == refused:
                    self._refresh(tokens)
                return True
            except AuthenticationError as error:
                log.warning("The device's tokens could not be renewed: %s", error)
                return False

    def close(self) -> None:
        self._api.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._gate, locked(self._path):
            yield

    def _is_fresh(self, tokens: DeviceTokens) -> bool:
        now = self._now()
        return now < tokens.refresh_at or now < min(self._not_before, tokens.expires_at)

    def _read(self) -> DeviceTokens:
        self._tokens = read_tokens(self._path)
        return self._tokens

    def _refresh(self, tokens: DeviceTokens) -> DeviceTokens:
        if tokens.refresh_token == self._refused:
            raise self._over()
        begun = tokens
        if begun.attempt is None:
            begun = tokens._replace(attempt=uuid.uuid4().hex)
            try:
                write_tokens(self._path, begun)
            except OSError as error:
                raise ServiceError(f"{self._path} cannot be written: {error.strerror}.", code="token_file") from error
        renewed = self._ask(begun)
        try:
            write_tokens(self._path, renewed)
            log.info("The device's tokens are renewed")
        except OSError as error:
            # The file repeats the attempt, which the service answers with tokens like these.
            log.warning("The device's new tokens could not be kept: %s", error)
        self._tokens = renewed
        return renewed

    def _ask(self, begun: DeviceTokens) -> DeviceTokens:
        try:
            answer = self._api.call("POST", "auth/device/refresh", {"refresh_token": begun.refresh_token, "attempt": begun.attempt})
            return DeviceTokens.of(answer, self._now())
        except AuthenticationError as error:
            self._refused = begun.refresh_token
            raise self._over() from error
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceError(f"{self._api.address.root} did not answer as this API does.", hint="Is the API base right?") from error

    def _over(self) -> AuthenticationError:
        return AuthenticationError(
            f"The tokens in {self._path} are over: too old, used elsewhere, or their key or device is revoked.", status=401, code="unauthorized", hint=MAKE_HINT
        )
