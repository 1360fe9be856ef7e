"""A check: what is counted, and ends the test when it does not hold."""

import time

PATIENCE = 60
"""Seconds that anything may take here: other programs run beside this one."""

_count = 0


class Failure(AssertionError):
    """A check that does not hold."""


def count():
    """How many checks held so far."""
    return _count


def _held():
    global _count
    _count += 1


def equal(want, got, what):
    """One check: the two are the same, also in type."""
    if type(want) is not type(got) or want != got:
        raise Failure(f"{what}:\n  want {want!r}\n  got  {got!r}")
    _held()


def true(holds, what):
    """One check."""
    if not holds:
        raise Failure(f"does not hold: {what}")
    _held()


def within(what, look, limit=PATIENCE, pause=0.05):
    """Looks until `look` gives something true, returns that, and ends the test after `limit` seconds."""
    until = time.monotonic() + limit
    while True:
        found = look()
        if found:
            _held()
            return found
        if time.monotonic() > until:
            raise Failure(f"not within {limit} s: {what}")
        time.sleep(pause)
