"""The seed of a device in a round (API, device protocol)."""

from __future__ import annotations

import hashlib
import struct


def round_seed(run_seed: int, round_number: int, device_id: str) -> int:
    """The first 8 bytes, big-endian, of SHA-256 over the run's seed (8 bytes, big-endian), the round's number (4 bytes, big-endian) and
    the device id in UTF-8. It takes the round's number and not its id, so a second attempt at a round trains alike. Rounds count from
    1; round 0 is the seed of the hold-out, which is the same for the whole run."""
    digest = hashlib.sha256(struct.pack(">qi", run_seed, round_number) + device_id.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big")
