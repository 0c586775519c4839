from __future__ import annotations

import os
import subprocess
import sys
import unittest

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class StandardLibraryTests(unittest.TestCase):
    """Without site-packages (-S) there is neither numpy nor torch."""

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONPATH": PACKAGE}
        return subprocess.run([sys.executable, "-S", *arguments], env=environment, cwd=PACKAGE, capture_output=True, text=True, timeout=600, check=False)

    def test_nothing_else_is_imported(self) -> None:
        code = (
            "import sys, octomil\n"
            "names = {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names if hasattr(sys, 'stdlib_module_names') else sys.modules)\n"
            "print(sorted(name for name in names if name not in ('octomil', '__main__') and not name.startswith('_sysconfig')))\n"
        )
        done = self.python("-c", code)
        self.assertEqual((0, "[]\n"), (done.returncode, done.stdout), done.stderr)

    def test_tables_weights_and_training_work_with_python_alone(self) -> None:
        import_check = self.python("-c", "import importlib.util as u; print(u.find_spec('numpy'), u.find_spec('torch'))")
        self.assertEqual("None None\n", import_check.stdout)
        done = self.python("-m", "tests", "test_safetensors", "test_table", "test_training")
        self.assertRegex(done.stdout, r"\n[1-9]\d* passed, 0 failed, 0 skipped\n\Z")

    def test_importing_the_package_imports_no_numerical_library_but_numpy(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", "import sys, octomil; print('torch' in sys.modules)"],
            env={**os.environ, "PYTHONPATH": PACKAGE}, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual("False\n", done.stdout, done.stderr)
