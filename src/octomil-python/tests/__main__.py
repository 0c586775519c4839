"""Runs every test; the last line is "N passed, N failed, N skipped". Arguments are names of modules or tests: ``test_queue``."""

from __future__ import annotations

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Result(unittest.TextTestResult):
    def __init__(self, *arguments: object, **more: object) -> None:
        super().__init__(*arguments, **more)  # type: ignore[arg-type]
        self.passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def main() -> int:
    sys.path.insert(0, os.path.dirname(HERE))
    loader = unittest.defaultTestLoader
    names = [f"tests.{name}" for name in sys.argv[1:]]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(HERE, top_level_dir=os.path.dirname(HERE))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    # A test fails once, however many of its parts did.
    broken = {str(getattr(test, "test_case", test)) for test, _ in result.failures + result.errors} | {str(test) for test in result.unexpectedSuccesses}
    print(f"{result.passed} passed, {len(broken)} failed, {len(result.skipped)} skipped", flush=True)
    return 0 if result.wasSuccessful() and result.passed else 1


if __name__ == "__main__":
    sys.exit(main())
