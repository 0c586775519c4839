"""Against the real server: devices of both SDKs train one model, and the README's snippet runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from array import array
from importlib.util import find_spec
from typing import Any

from octomil import ModelWeights
from octomil.training.architecture import Architecture
from octomil.training.backends import NAMES, create
from octomil.training.evaluation import evaluate
from octomil.training.table import Table
from tests.server import DEVICE, Tenant, deal_patients, patients_architecture, wait_until
from tests.service_case import ServiceCase

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)


class FederationTests(ServiceCase):
    def agent(self, tenant: Tenant, name: str, data: str) -> "subprocess.Popen[bytes]":
        self.assertTrue(os.path.exists(DEVICE), f"There is no {DEVICE}. Build it first: dotnet build src/Octomil.Device -c Release")
        environment = {**os.environ, "OCTOMIL_API_KEY": tenant.key, "OCTOMIL_API_BASE": self.server.address}
        command = [DEVICE, "--identifier", name, "--model", tenant.MODEL, "--data", data, "--target", "diagnosis"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end() -> None:
            process.terminate()
            process.wait(60)

        self.addCleanup(end)
        return process

    def test_dotnet_and_python_devices_of_two_organizations_train_one_model(self) -> None:
        acme, metro = self.server.tenant(), self.server.tenant()
        acme.push(patients_architecture())
        federation = acme.call("POST", "/federations", {"name": f"consortium-{os.getpid()}"})["id"]
        metro_id = metro.call("GET", "/organizations/current")["id"]
        acme.call("POST", f"/federations/{federation}/invite", {"org_ids": [metro_id]})
        metro.call("POST", f"/federations/{federation}/join", {"org_id": metro_id})
        acme.call("POST", f"/federations/{federation}/models", {"model_id": acme.MODEL})
        *parts, test = deal_patients(self.server.folder, 6)
        for i in (0, 1):
            self.agent(acme, f"acme-{i}", parts[i])
        backends = ["plain", "plain", "numpy" if find_spec("numpy") else "plain", "torch" if find_spec("torch") else "plain"]
        calls = [
            self.background(lambda i=i: self.client(metro, f"metro-{i}").train(acme.MODEL, parts[2 + i], "diagnosis", backend=backends[i])) for i in range(4)
        ]
        for tenant, count in ((acme, 2), (metro, 4)):
            wait_until(lambda: len(tenant.call("GET", "/devices")["devices"]) == count, "the devices to be registered", self.server.log)
        acme.start_run(rounds=10, min_devices=6, min_updates=6, federation=federation)
        summaries = [call.result() for call in calls]
        self.assertEqual(["2.0.0"] * 4, [summary.new_version for summary in summaries])
        self.assertEqual([10] * 4, [summary.rounds_trained for summary in summaries])
        status = acme.status()
        self.assertEqual([6] * 10, [taken["updates"] for taken in status["history"] if taken.get("kind", "train") == "train"][:10], status)
        accuracy, auc = self.judge(ModelWeights.load(acme.download("2.0.0")), test)
        # FACTS of this table: with all data in one place accuracy is .982, AUC .986.
        self.assertGreater(accuracy, 0.95)
        self.assertGreater(auc, 0.98)

    def test_a_device_trains_alike_by_either_sdk(self) -> None:
        tenant = self.server.tenant()
        *parts, _ = deal_patients(self.server.folder, 2)
        results = []
        # The same devices, data, first weights and seed: the hold-outs and the order of the rows are the same too.
        for number, kind in enumerate(("dotnet", *[name for name in NAMES if name == "plain" or find_spec(name)])):
            model = Tenant(self.server, tenant.key, f"model-{number}")
            model.push(patients_architecture(kind="mlp", hidden=[8]))
            names = [f"hospital-{i}" for i in range(2)]
            if kind == "dotnet":
                agents = [self.agent(model, name, part) for name, part in zip(names, parts)]
            else:
                calls = [
                    self.background(lambda name=name, part=part, kind=kind, model=model: self.client(tenant, name).train(model.MODEL, part, backend=kind))
                    for name, part in zip(names, parts)
                ]
            wait_until(lambda: len(tenant.call("GET", "/devices")["devices"]) == 2, "two devices", self.server.log)
            model.start_run(rounds=3, min_devices=2, min_updates=2, seed=5)
            model.completed()
            if kind == "dotnet":
                for agent in agents:
                    agent.terminate()
                    agent.wait(60)
            else:
                self.assertEqual([3, 3], [call.result().rounds_trained for call in calls])
            results.append((kind, ModelWeights.load(model.download("2.0.0")), model.status()))
        _, reference, status = results.pop(0)
        for kind, weights, other in results:
            with self.subTest(kind):
                self.assertAlmostEqual(status["loss"], other["loss"], 4)
                self.assertEqual(status["accuracy"], other["accuracy"])
                for tensor in reference.tensors:
                    scale = max(map(abs, tensor.values))
                    error = max(abs(one - two) for one, two in zip(tensor.values, weights[tensor.spec.name].values))
                    self.assertLess(error, 1e-4 * scale, tensor.spec.name)

    def judge(self, weights: ModelWeights, path: str) -> Any:
        architecture = Architecture(patients_architecture())
        table = Table.load(path, architecture)
        inputs = table.scaled(weights["input.mean"].values, weights["input.std"].values)
        logits = create(architecture, array("f", [value for name in architecture.shapes() for value in weights[name].values]), "plain").predict(inputs, range(table.rows))
        result = evaluate(logits, 1, table.targets, False)
        return result.accuracy, result.auc

    @unittest.skipUnless(find_spec("torch"), "the second option of the README needs PyTorch")
    def test_the_readme_s_snippet_runs_as_written(self) -> None:
        with open(os.path.join(PACKAGE, "README.md"), encoding="utf-8") as file:
            snippet = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)[0]
        tenant = self.server.tenant()
        tenant.push(patients_architecture())
        parts = deal_patients(self.server.folder, 2)
        devices = []
        for number in (1, 2):
            # Its key, its data and its name are all that a site changes.
            path = parts[number - 1]
            mine = snippet.replace("edg_...", tenant.key).replace("/data/patients.csv", path).replace("hospital-001", f"hospital-00{number}")
            with open(os.path.join(HERE, "snippet_prelude.py"), encoding="utf-8") as file:
                prelude = file.read()
            given = f"local_data = load({path!r}, {patients_architecture()!r})\nlocal_dataloader = torch.utils.data.DataLoader(local_data, batch_size=32)\n"
            environment = {**os.environ, "OCTOMIL_API_BASE": self.server.address, "PYTHONPATH": PACKAGE}
            code = prelude + given + mine
            devices.append(subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
            self.addCleanup(devices[-1].kill)
        wait_until(lambda: len(tenant.call("GET", "/devices")["devices"]) == 2, "two devices", lambda: "\n".join(str(device.poll()) for device in devices))
        tenant.start_run(rounds=3, min_devices=2, min_updates=2)
        tenant.completed()
        tenant.start_run(rounds=5, min_devices=2, min_updates=2)
        for device in devices:
            said, _ = device.communicate(timeout=240)
            self.assertEqual((0, ""), (device.returncode, said))
        status = tenant.status()
        self.assertEqual(5, status["current_round"])
        self.assertEqual([2] * 5, [taken["updates"] for taken in status["history"]][-5:], status)

