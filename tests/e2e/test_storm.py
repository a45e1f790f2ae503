"""Subscribers that come and vanish cost nothing that stays; storm.py does the same for longer."""
from storm import storm


def test_subscribers_that_vanish_leave_nothing_behind(lab):
    seen = storm(lab, seconds=15, subscribers=100)
    assert seen.ok(), str(seen)
