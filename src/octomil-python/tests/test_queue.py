from __future__ import annotations

import unittest
from typing import Any

from octomil.rounds.assignment import Assignment, unix_time
from octomil.rounds.clock import ServerClock
from octomil.rounds.queue import RoundQueue
from octomil.rounds.seed import round_seed


def assignment(round_id: str, deadline: str = "2100-01-01T00:00:00Z", **more: Any) -> Assignment:
    return Assignment({
        "round_id": round_id, "session_id": "run_1", "round_number": 1, "kind": "train", "model_id": "mdl_1", "model": "m", "version": "1.0.0",
        "base": {"url": "/b", "sha256": "00", "bytes": 1}, "deadline": deadline, "training": {}, "strategy": {"name": "fedavg"},
        "limits": {"max_magnitude": 1024, "max_sample_count": 10}, **more,
    })


class RoundQueueTests(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.queue = RoundQueue(lambda _: True, ServerClock(), lambda: self.now)

    def take(self) -> Any:
        work = self.queue.take()
        assert work is not None
        return work

    def is_empty(self) -> bool:
        return self.queue._next() is None

    def test_the_earliest_deadline_comes_first_and_what_is_past_never(self) -> None:
        self.queue.offer_listed(
            [assignment("late", "2100-01-02T00:00:00Z"), assignment("soon"), assignment("past", "2001-01-01T00:00:00Z")], self.queue.ask()
        )
        first = self.take()
        self.queue.finish(first, failed=False)
        self.assertEqual("soon", first.assignment.round_id)
        self.queue.finish(self.take(), failed=False)
        self.assertTrue(self.is_empty())

    def test_a_listing_asked_before_the_answer_says_nothing_a_newer_one_does(self) -> None:
        before = self.queue.ask()
        self.queue.offer_pushed(assignment("a"))
        self.queue.finish(self.take(), failed=False)
        self.queue.offer_listed([assignment("a")], before)
        self.assertTrue(self.is_empty())
        self.assertFalse(self.queue.offer_pushed(assignment("a")))
        self.queue.offer_listed([assignment("a")], self.queue.ask())
        self.assertFalse(self.is_empty())

    def test_a_round_that_failed_is_tried_again_after_a_pause_that_grows(self) -> None:
        self.queue.offer_pushed(assignment("a"))
        for pause in (10, 20, 40):
            self.queue.finish(self.take(), failed=True)
            self.now += pause - 1
            self.queue.offer_listed([assignment("a")], self.queue.ask())
            self.assertTrue(self.is_empty())
            self.now += 2
            self.queue.offer_listed([assignment("a")], self.queue.ask())
            self.assertFalse(self.is_empty())

    def test_a_newer_listing_takes_back_what_it_does_not_hold(self) -> None:
        self.queue.offer_pushed(assignment("old"))
        self.queue.offer_listed([assignment("new")], self.queue.ask())
        self.assertEqual("new", self.take().assignment.round_id)
        self.assertTrue(self.is_empty())

    def test_the_round_under_way_is_over_after_two_listings_without_it_but_not_while_it_is_sent(self) -> None:
        self.queue.offer_pushed(assignment("a"))
        work = self.take()
        self.queue.offer_listed([], self.queue.ask())
        self.queue.offer_listed([assignment("a")], self.queue.ask())
        self.queue.offer_listed([], self.queue.ask())
        self.assertFalse(work.over.is_set())
        work.is_sending = True
        self.queue.offer_listed([], self.queue.ask())
        self.assertFalse(work.over.is_set())
        work.is_sending = False
        self.queue.offer_listed([], self.queue.ask())
        self.assertTrue(work.over.is_set())

    def test_a_close_drops_what_waits_and_ends_what_is_under_way(self) -> None:
        self.queue.offer_pushed(assignment("a"))
        work = self.take()
        self.queue.offer_pushed(assignment("b"))
        self.queue.close("b", "published")
        self.queue.close("a", "abandoned")
        self.assertTrue(self.is_empty())
        self.assertEqual("abandoned", work.outcome)

    def test_the_end_wakes_whoever_waits(self) -> None:
        self.queue.end()
        self.assertIsNone(self.queue.take())


class WireTests(unittest.TestCase):
    def test_times_are_read_with_any_digits_and_zone(self) -> None:
        self.assertEqual(1795521600.0, unix_time("2026-11-24T12:00:00Z"))
        self.assertAlmostEqual(1795521600.25, unix_time("2026-11-24T13:00:00.2500000+01:00"), 6)
        with self.assertRaises(ValueError):
            unix_time("yesterday")

    def test_the_seed_of_a_round_is_the_device_protocol_s(self) -> None:
        import hashlib

        digest = hashlib.sha256(bytes([0] * 7 + [9]) + bytes([0, 0, 0, 3]) + b"dev_1").digest()
        self.assertEqual(int.from_bytes(digest[:8], "big"), round_seed(9, 3, "dev_1"))
