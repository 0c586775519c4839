"""Files that one process at a time holds: a lock ends with its process, however that ends. The .NET SDK locks the same way."""

from __future__ import annotations

from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt


def try_lock(file: IO[Any]) -> bool:
    """Takes the lock of an open file until it is closed; False: somebody else has it."""
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            # Far behind what is written: a locked byte cannot be read there.
            file.seek(1 << 30)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            file.seek(0)
        return True
    except OSError:
        return False
