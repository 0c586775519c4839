"""The real server in a process of its own, with a data folder and a port that outlive it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from typing import Any, Callable, Dict, List, Optional

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
SERVER = os.path.join(REPOSITORY, "src", "Octomil.Server", "bin", "Release", "net10.0", "Octomil.Server")
DEVICE = os.path.join(REPOSITORY, "src", "Octomil.Device", "bin", "Release", "net10.0", "linux-x64", "octomil-device")
PATIENTS = os.path.join(REPOSITORY, "scripts", "data", "patients.csv")
OPERATOR = "edg_test_0123456789abcdefghijABCDEFGHIJ01"
PATIENCE = 240.0


def wait_until(condition: Callable[[], Any], what: str, log: Callable[[], str] = str) -> Any:
    """The condition's first true answer. Fails with what was waited for."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"Waited {PATIENCE:.0f} s for {what}.\n{log()}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    def __init__(self, **settings: str) -> None:
        """``settings``: in the environment's spelling, such as Octomil__Rounds__BufferWait."""
        self._settings = settings
        if not os.path.exists(SERVER):
            raise AssertionError(f"There is no {SERVER}. Build it first: dotnet build src/Octomil.Server -c Release")
        self.folder = tempfile.mkdtemp(prefix="octomil-python-")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log_path = os.path.join(self.folder, "server.log")
        self._process: Optional[subprocess.Popen] = None

    def start(self) -> "Server":
        environment = {**os.environ, "OCTOMIL_DATA": os.path.join(self.folder, "data"), "OCTOMIL_BOOTSTRAP_KEY": OPERATOR, **self._settings}
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(
                [SERVER, "--urls", self.address], cwd=os.path.dirname(SERVER), env=environment, stdout=log, stderr=log
            )
        wait_until(self._answers, "the server to answer", self.log)
        return self

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        with open(self._log_path, encoding="utf-8", errors="replace") as log:
            return log.read()[-8000:]

    def state(self) -> str:
        code = None if self._process is None else self._process.poll()
        return "was not started" if self._process is None else "runs" if code is None else f"ended with {code}"

    def tenant(self) -> "Tenant":
        created = Tenant(self, OPERATOR).call("POST", "/organizations", {"name": f"Acme Health {uuid.uuid4().hex}"})
        return Tenant(self, created["api_key"])

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"The server ended.\n{self.log()}")
        try:
            Tenant(self, OPERATOR).call("GET", "/organizations/current")
            return True
        except (OSError, urllib.error.URLError):
            return False


class Tenant:
    """An organization of its own, so that tests may share a server."""

    MODEL = "radiology-v1"

    def __init__(self, server: Server, key: str, model: str = MODEL) -> None:
        self.server, self.key, self.MODEL = server, key, model

    def call(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return json.loads(self.send(method, path, content, "application/json"))

    def send(self, method: str, path: str, content: Optional[bytes], content_type: str = "application/octet-stream") -> bytes:
        url = path if path.startswith("http") else f"{self.server.address}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        request = urllib.request.Request(url, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()

    def push(self, architecture: Optional[Dict[str, Any]] = None, weights: Optional[bytes] = None) -> None:
        """Version 1.0.0 of the model, of seeded weights or of a file."""
        self.call("POST", "/models", {"name": self.MODEL})
        edge = uuid.uuid4().hex
        if weights is None:
            head, content = 'name="architecture"', json.dumps(architecture).encode()
        else:
            head, content = 'name="file"; filename="weights.safetensors"', weights
        form = (
            f'--{edge}\r\nContent-Disposition: form-data; name="version"\r\n\r\n1.0.0\r\n--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n'
        ).encode() + content + f"\r\n--{edge}--\r\n".encode()
        self.send("POST", f"/models/{self.MODEL}/versions/upload", form, f"multipart/form-data; boundary={edge}")

    def start_run(self, **terms: Any) -> str:
        return self.call("POST", "/training/sessions", {"model_id": self.MODEL, "strategy": "fedavg", **terms})["session_id"]

    def status(self) -> Dict[str, Any]:
        return self.call("GET", f"/training/{self.MODEL}/status")

    def completed(self) -> Dict[str, Any]:
        """Waits for the run's end; its newest version."""
        wait_until(lambda: self.status()["status"] == "COMPLETED", "the run to complete", lambda: f"{self.status()}\n{self.server.log()}")
        return self.call("GET", f"/models/{self.MODEL}/versions?limit=1")["versions"][0]

    def download(self, version: str) -> bytes:
        return self.send("GET", f"/models/{self.MODEL}/versions/{version}/download?format=safetensors", None)


def deal_patients(folder: str, parts: int) -> List[str]:
    """The breast-cancer table: row i is test when i % 4 == 0, the rest is dealt to so many files. The last path is the test's."""
    with open(PATIENTS, encoding="utf-8") as file:
        header, *rows = file.read().splitlines()
    training = [row for i, row in enumerate(rows) if i % 4]
    tables = [training[part::parts] for part in range(parts)] + [rows[::4]]
    paths = []
    for i, table in enumerate(tables):
        paths.append(os.path.join(folder, f"part-{i}.csv"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write("\n".join([header, *table]) + "\n")
    return paths


def patients_architecture(**more: Any) -> Dict[str, Any]:
    with open(PATIENTS, encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    features = [{"name": name, "type": "number"} for name in columns if name != "diagnosis"]
    return {
        "kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "diagnosis", "classes": ["benign", "malignant"],
        "features": features, "seed": 1, **more,
    }
