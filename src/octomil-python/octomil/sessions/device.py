"""This device's entry at the service, made anew whenever the service does not know it."""

from __future__ import annotations

import logging
import os
import platform
import sys
from typing import Any, Callable, Dict, List, Optional

from .._version import __version__
from ..errors import OctomilError, ServiceError
from ..http.api import Api
from ..http.retry import retry

log = logging.getLogger("octomil")
SDK_VERSION = f"python-{__version__}"
#: What the device tells of itself on every greeting and heartbeat.
FACTS: Dict[str, Any] = {"sdk_version": SDK_VERSION}
_PLATFORMS = {"linux": "linux", "darwin": "macos", "win32": "windows", "android": "android", "ios": "ios"}


class DeviceRegistration:
    """Thread-safe: what is kept is one reference."""

    def __init__(self, api: Api, identifier: str, app_version: Optional[str], region: Optional[str]) -> None:
        self._api = api
        self.identifier = identifier
        self._app_version, self._region = app_version, region
        self._device: Optional[Dict[str, Any]] = None

    @property
    def id(self) -> Optional[str]:
        device = self._device
        return None if device is None else str(device["id"])

    @property
    def required_id(self) -> str:
        if self.id is None:
            raise OctomilError("The device is not registered yet.", "Call register() first.")
        return self.id

    def register(self, sleep: Callable[[float], None], max_tries: Optional[int], api: Optional[Api] = None) -> Dict[str, Any]:
        """Registers, whether or not it was done before. Raises ServiceError."""
        said: List[float] = []

        def log_first(failure: ServiceError, wait: float) -> None:
            if not said:
                log.warning("%s is not registered yet: %s Trying again", self.identifier, failure)
                said.append(wait)

        device = retry(lambda: (api or self._api).call("POST", "devices/register", self._request()), sleep, log_first, max_tries)
        if not isinstance(device, dict) or not isinstance(device.get("id"), str):
            raise ServiceError(f"{self._api.address.root} did not answer as this API does.", hint="Is the API base right?")
        self._device = device
        log.info("Registered %s as %s of %s", self.identifier, device["id"], device.get("org_id"))
        return device

    def _request(self) -> Dict[str, Any]:
        request = {
            "device_identifier": self.identifier,
            "platform": _PLATFORMS.get(sys.platform, "other"),
            "os_version": f"{platform.system()} {platform.release()}",
            "sdk_version": SDK_VERSION,
            "app_version": self._app_version,
            "region": self._region,
            "total_memory_mb": _memory_mb(),
            "metadata": {"runtime": f"Python {platform.python_version()}", "architecture": platform.machine()},
            "capabilities": {"cpu_count": os.cpu_count() or 1},
        }
        return {key: value for key, value in request.items() if value is not None}


def _memory_mb() -> Optional[int]:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, OSError, ValueError):
        # Not every system tells.
        return None
