"""The versions that this device runs, in a folder: they are there without a connection."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any, Dict, NamedTuple, Optional

from ..errors import OctomilError

_MODEL_ID = re.compile(r"mdl_[0-9a-z]{4,64}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_STATE = "state.json"


class StoredVersion(NamedTuple):
    """A version of a model on this device, downloaded and verified. ``file``: path of the safetensors file."""

    model_id: str
    #: The model's name, where the service said it.
    model: Optional[str]
    version: str
    sha256: str
    file: str


class VersionStore:
    """For each model the current file and the previous one. Thread-safe; the .NET SDK writes the same folder.

    folder: made where it is missing.
    """

    def __init__(self, folder: str) -> None:
        self._root = os.path.abspath(folder)
        self._gate = threading.Lock()
        os.makedirs(self._root, exist_ok=True)

    def current(self, model: str) -> Optional[StoredVersion]:
        """The version of the model (by id or name) that runs here; None: none yet. Raises OctomilError if the folder is damaged."""
        return self._stored(self._find(model), "current")

    def previous(self, model: str) -> Optional[StoredVersion]:
        """The version that ran before it."""
        return self._stored(self._find(model), "previous")

    def roll_back(self, model: str) -> Optional[StoredVersion]:
        """Goes back to the previous version, without the service. The version that was left is not taken up again until another one was
        assigned; the service is told that it failed here. None: there is no previous version."""
        with self._gate:
            state = self._find(model)
            if state is None or not state.get("previous"):
                return None
            state.update(current=state["previous"], previous=None, rejected=state.get("current"))
            self._write(state)
            return self._stored(state, "current")

    def reject(self, version: StoredVersion) -> None:
        """Takes a version back that turned out not to run here, also where there is no previous one to go back to; the service is told that
        it failed. Nothing happens where another version runs meanwhile."""
        with self._gate:
            state = self._read(version.model_id)
            entry = {"version": version.version, "sha256": version.sha256}
            if state is not None and state.get("current") == entry:
                state.update(current=state.get("previous"), previous=None, rejected=entry)
                self._write(state)

    @staticmethod
    def is_safe(model_id: str, sha256: str) -> bool:
        """Whether the names may become names of files."""
        return bool(_MODEL_ID.match(model_id) and _SHA256.match(sha256))

    def is_rejected(self, model_id: str, version: str, sha256: str) -> bool:
        """Whether the version was taken back on this device."""
        state = self._read(model_id)
        return state is not None and state.get("rejected") == {"version": version, "sha256": sha256}

    def part_of(self, model_id: str, sha256: str) -> str:
        """Where a download is gathered; what is there already is its beginning."""
        os.makedirs(os.path.join(self._root, model_id), exist_ok=True)
        return os.path.join(self._root, model_id, f"{sha256}.part")

    def file_of(self, model_id: str, sha256: str) -> str:
        """Where a verified download is kept."""
        return os.path.join(self._root, model_id, f"{sha256}.safetensors")

    def activate(self, version: StoredVersion) -> None:
        """The version runs from now on; files of older ones than the previous go."""
        with self._gate:
            entry = {"version": version.version, "sha256": version.sha256}
            state = self._read(version.model_id) or {"model_id": version.model_id}
            if state.get("current") != entry:
                state["previous"] = state.get("current")
            state["current"] = entry
            state["model"] = version.model or state.get("model")
            state["rejected"] = None if state.get("rejected") == entry else state.get("rejected")
            self._write(state)
            kept = {kept["sha256"] for kept in (state["current"], state.get("previous")) if kept}
            folder = os.path.join(self._root, version.model_id)
            for name in os.listdir(folder):
                stem = name.split(".")[0]
                if _SHA256.match(stem) and stem not in kept:
                    os.remove(os.path.join(folder, name))

    def _find(self, model: str) -> Optional[Dict[str, Any]]:
        if _MODEL_ID.match(model):
            by_id = self._read(model)
            if by_id is not None:
                return by_id
        for name in sorted(os.listdir(self._root)):
            state = self._read(name) if _MODEL_ID.match(name) else None
            if state is not None and state.get("model") == model:
                return state
        return None

    def _stored(self, state: Optional[Dict[str, Any]], which: str) -> Optional[StoredVersion]:
        entry = (state or {}).get(which)
        if state is None or not entry:
            return None
        stored = StoredVersion(
            state["model_id"], state.get("model"), entry["version"], entry["sha256"], self.file_of(state["model_id"], entry["sha256"])
        )
        # A file that somebody deleted is not a version that runs.
        return stored if os.path.exists(stored.file) else None

    def _read(self, model_id: str) -> Optional[Dict[str, Any]]:
        path = os.path.join(self._root, model_id, _STATE)
        try:
            with open(path, "rb") as file:
                return dict(json.loads(file.read().decode("utf-8")))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise OctomilError(f"{path} is damaged.", "Delete it: the version is downloaded again.") from error

    def _write(self, state: Dict[str, Any]) -> None:
        """Written aside, flushed and renamed: whoever reads, or restarts, sees the old state or the new one."""
        path = os.path.join(self._root, state["model_id"], _STATE)
        with open(path + ".new", "wb") as file:
            file.write(json.dumps({key: value for key, value in state.items() if value is not None}).encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
