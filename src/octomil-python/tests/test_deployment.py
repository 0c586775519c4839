"""Against the real server: a version that is deployed to a Python device."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from typing import Any, Dict

from octomil import FederatedClient
from tests.server import wait_until
from tests.service_case import ServiceCase


class DeploymentTests(ServiceCase):
    def test_a_deployed_version_reaches_the_device_and_is_counted(self) -> None:
        tenant = self.server.tenant()
        self.zeros(tenant)
        folder = tempfile.mkdtemp(prefix="octomil-versions-")
        self.addCleanup(shutil.rmtree, folder)
        client = FederatedClient(tenant.key, "hospital-001", self.server.address, version_folder=folder)
        self.addCleanup(client.close)
        following = self.background(client.follow_versions)
        store = client.versions
        assert store is not None
        wait_until(lambda: client.device_id is not None, "the device to be registered", self._explain)

        rollout: Dict[str, Any] = tenant.call("POST", f"/models/{tenant.MODEL}/rollouts", {"version": "1.0.0", "rollout_percentage": 100})
        self.assertEqual("completed", rollout["status"])
        wait_until(lambda: store.current(rollout["model_id"]) is not None, "the version to run", self._explain)
        current = store.current(rollout["model_id"])
        assert current is not None
        with open(current.file, "rb") as file:
            self.assertEqual(hashlib.sha256(tenant.download("1.0.0")).hexdigest(), hashlib.sha256(file.read()).hexdigest())

        path = f"/models/{tenant.MODEL}/rollouts/{rollout['id']}"
        wait_until(lambda: tenant.call("GET", path)["progress"] == {"active": 1, "failed": 0, "devices": 1}, "the device to be counted", self._explain)
        client.close()
        following.result()
