"""Where the service is."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from ..errors import OctomilError

_PREFIX = "/api/v1"


class ApiAddress:
    """The base may be given with or without ``/api/v1``, and with a path in front of it."""

    def __init__(self, api_base: str) -> None:
        try:
            parts = urlsplit(api_base)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise OctomilError(f"The API base {api_base!r} is not an address such as https://octomil.example.org.")
        path = parts.path.rstrip("/")
        if path.endswith(_PREFIX):
            path = path[: -len(_PREFIX)]
        #: The address in front of ``/api/v1``, without a slash at its end.
        self.root = f"{parts.scheme}://{parts.netloc}{path}"
        #: The hub of the devices.
        self.device_hub = f"{self.root}/hubs/devices"

    def of(self, path: str) -> str:
        """A path below ``/api/v1``, such as ``models``."""
        return f"{self.root}{_PREFIX}/{path.lstrip('/')}"

    def resolve(self, url: str) -> str:
        """An address the service gave: a path from the root, or absolute."""
        return self.root + url if url.startswith("/") else urljoin(self.root + "/", url)

    def owns(self, url: str) -> bool:
        """True if a request there goes to this service, and so may carry the key."""
        return url == self.root or url.startswith(self.root + "/")


def segment(text: str) -> str:
    """A name as one segment of a path."""
    return quote(text, safe="")
