from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
import unittest
from typing import Any, Callable, Dict, List, Optional, Tuple

from octomil import AssignedVersion, StoredVersion, VersionStore
from octomil.sessions.device import DeviceRegistration
from octomil.versions.follower import VersionFollower
from tests.test_http import Fake

MODEL = "mdl_00000001"
FILES = {version: os.urandom(300_000) for version in ("1.0.0", "2.0.0", "3.0.0")}


def sha(version: str) -> str:
    return hashlib.sha256(FILES[version]).hexdigest()


def assigned(version: str) -> AssignedVersion:
    return AssignedVersion(MODEL, version, sha(version), "radiology-v1")


class VersionTests(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="octomil-versions-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.reports: List[Tuple[str, str]] = []
        self.reported = threading.Semaphore(0)
        self.download: Optional[Callable[[str, Dict[str, str], int], Any]] = None
        self.downloads: List[Optional[str]] = []
        self.fake = Fake(self.answer)
        self.addCleanup(self.fake.stop)
        self.store = VersionStore(self.folder)

    def answer(self, fake: Fake, method: str, path: str, headers: Dict[str, str], body: bytes) -> Any:
        if path.endswith("/register"):
            return 200, {}, b'{"id": "dev_1", "org_id": "org_1"}'
        if method == "POST":
            report = json.loads(body)
            self.reports.append((report["version"], report["status"]))
            self.reported.release()
            return 200, {}, b'{"status": "stored"}'
        version = path.split("/")[6]
        self.downloads.append(headers.get("Range"))
        if self.download is not None:
            return self.download(version, headers, len(self.downloads))
        return 200, {}, FILES[version]

    def follow(self, activating: Optional[Callable[[StoredVersion], None]] = None) -> VersionFollower:
        stop = threading.Event()
        device = DeviceRegistration(self.fake.api(), "hospital-001", None, None)
        device.register(time.sleep, 1)
        follower = VersionFollower(self.fake.api(), device, self.store, activating, stop)
        thread = threading.Thread(target=follower.run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)
        self.addCleanup(stop.set)
        return follower

    def offer(self, follower: VersionFollower, version: str) -> str:
        """Offers it and waits for the report; its status."""
        follower.offer(assigned(version))
        self.assertTrue(self.reported.acquire(timeout=60), f"no report on {version}")
        self.assertEqual(version, self.reports[-1][0])
        return self.reports[-1][1]

    def test_versions_are_downloaded_verified_activated_and_reported_once(self) -> None:
        follower = self.follow()
        self.assertEqual("active", self.offer(follower, "1.0.0"))
        follower.offer(assigned("1.0.0"))
        self.assertEqual("active", self.offer(follower, "2.0.0"))
        self.assertEqual([("1.0.0", "active"), ("2.0.0", "active")], self.reports)

        current, previous = self.store.current("radiology-v1"), self.store.previous(MODEL)
        assert current is not None and previous is not None
        self.assertEqual(("2.0.0", "1.0.0"), (current.version, previous.version))
        with open(current.file, "rb") as file:
            self.assertEqual(FILES["2.0.0"], file.read())

        self.assertEqual("active", self.offer(follower, "3.0.0"))
        self.assertEqual(2, sum(name.endswith(".safetensors") for name in os.listdir(os.path.join(self.folder, MODEL))))

    def test_a_greeting_and_a_push_of_one_version_are_one_word(self) -> None:
        pushed = AssignedVersion(MODEL, "1.0.0", sha("1.0.0"))
        self.assertTrue(pushed == assigned("1.0.0"))
        self.assertFalse(pushed != assigned("1.0.0"))
        follower = self.follow()
        self.download = lambda version, headers, number: (follower.offer(pushed), (200, {}, FILES[version]))[1]
        self.assertEqual("active", self.offer(follower, "1.0.0"))

    def test_another_version_in_mid_download_takes_its_place(self) -> None:
        follower = self.follow()
        self.download = lambda version, headers, number: (version == "1.0.0" and follower.offer(assigned("2.0.0")), (200, {}, FILES[version]))[1]
        follower.offer(assigned("1.0.0"))
        self.assertTrue(self.reported.acquire(timeout=60))
        self.assertEqual([("2.0.0", "active")], self.reports)

    def test_a_download_goes_on_where_it_broke_also_after_a_restart(self) -> None:
        whole = FILES["1.0.0"]
        with open(self.store.part_of(MODEL, sha("1.0.0")), "wb") as part:
            part.write(whole[:1000])

        def breaks(version: str, headers: Dict[str, str], number: int) -> Any:
            start = int(headers["Range"][len("bytes="):-1])
            self.assertEqual(f'"{sha(version)}"', headers["If-Range"])
            content = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}", "Content-Length": str(len(whole) - start)}
            return 206, content, whole[start:100_000] if number == 1 else whole[start:]

        self.download = breaks
        self.assertEqual("active", self.offer(self.follow(), "1.0.0"))
        self.assertEqual(["bytes=1000-", "bytes=100000-"], self.downloads)
        with open(self.store.file_of(MODEL, sha("1.0.0")), "rb") as file:
            self.assertEqual(whole, file.read())

    def test_a_corrupted_payload_is_reported_and_not_activated(self) -> None:
        follower = self.follow()
        self.assertEqual("active", self.offer(follower, "1.0.0"))
        self.download = lambda version, headers, number: (200, {}, b"something else")
        self.assertEqual("failed", self.offer(follower, "2.0.0"))
        current = self.store.current(MODEL)
        assert current is not None
        self.assertEqual("1.0.0", current.version)
        self.assertFalse([name for name in os.listdir(os.path.join(self.folder, MODEL)) if name.endswith(".part")])

    def test_a_version_that_the_program_refuses_is_not_activated(self) -> None:
        def refuse(version: StoredVersion) -> None:
            raise ValueError(f"no such layer in {version.version}")

        self.assertEqual("failed", self.offer(self.follow(refuse), "1.0.0"))
        self.assertIsNone(self.store.current(MODEL))

    def test_a_rollback_needs_no_service_and_holds_until_another_version_comes(self) -> None:
        follower = self.follow()
        self.offer(follower, "1.0.0")
        self.offer(follower, "2.0.0")
        back = self.store.roll_back("radiology-v1")
        assert back is not None
        self.assertEqual("1.0.0", back.version)
        self.assertIsNone(self.store.roll_back(MODEL))
        self.assertEqual("failed", self.offer(follower, "2.0.0"))
        self.assertEqual("active", self.offer(follower, "3.0.0"))

    def test_names_that_leave_the_folder_are_refused(self) -> None:
        follower = self.follow()
        follower.offer(AssignedVersion("../../etc", "1.0.0", sha("1.0.0")))
        self.assertTrue(self.reported.acquire(timeout=60))
        self.assertEqual([("1.0.0", "failed")], self.reports)
        self.assertEqual([], os.listdir(self.folder))
