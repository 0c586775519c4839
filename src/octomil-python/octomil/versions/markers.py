"""Which versions a process answers with, in files that only a crash leaves behind."""

from __future__ import annotations

import json
import os
import uuid
from typing import IO, Any, List, Optional

from ..locks import try_lock

_ENDING = ".json"


class CrashMarker:
    """A locked file that names a version. ``name`` is used once, so it names the batch that tells of the crash."""

    def __init__(self, file: IO[Any], name: str, model_id: str, version: str) -> None:
        self._file = file
        self.name, self.model_id, self.version = name, model_id, version

    def delete(self) -> None:
        """Nothing is to be told any more. Emptied first: between the lock's end and the file's, it is nobody's crash."""
        self._file.truncate(0)
        self.release()
        os.remove(self._file.name)

    def release(self) -> None:
        """Leaves the file to whoever comes next."""
        self._file.close()


class CrashMarkers:
    """A file is locked while its process lives and deleted when that ends in order, so one that can be locked was left by a process that
    died: a crash of that version. Both SDKs write the same files."""

    def __init__(self, version_folder: str) -> None:
        self._folder = os.path.join(os.path.abspath(version_folder), "serving")

    def begin(self, model_id: str, version: str) -> Optional[CrashMarker]:
        """A file that says so, until it is deleted. None: the folder cannot be written, so that a crash would not be seen."""
        name = uuid.uuid4().hex
        try:
            os.makedirs(self._folder, exist_ok=True)
            file = open(os.path.join(self._folder, name + _ENDING), "xb", buffering=0)
        except OSError:
            return None
        # The lock is taken before there is anything to read: an empty file is nobody's crash.
        if not try_lock(file):
            file.close()
            return None
        file.write(json.dumps({"model_id": model_id, "version": version}).encode("utf-8"))
        return CrashMarker(file, name, model_id, version)

    def take_left(self, most: int) -> List[CrashMarker]:
        """Files of processes that died, locked so that nobody else counts them; at most so many. Raises OSError."""
        left: List[CrashMarker] = []
        for name in sorted(os.listdir(self._folder)) if os.path.isdir(self._folder) else []:
            if name.endswith(_ENDING) and len(left) < most:
                marker = self._take(name)
                left += [] if marker is None else [marker]
        return left

    def _take(self, name: str) -> Optional[CrashMarker]:
        try:
            file = open(os.path.join(self._folder, name), "r+b", buffering=0)
        except OSError:
            return None  # It has ended in order just now.
        try:
            if try_lock(file):
                served = json.loads(file.read().decode("utf-8"))
                return CrashMarker(file, name[: -len(_ENDING)], str(served["model_id"]), str(served["version"]))
        except (ValueError, KeyError, TypeError):
            pass  # It died while it wrote, or writes right now.
        file.close()
        return None
