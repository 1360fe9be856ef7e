"""The guard: all that the published Python client can do, against a real node.

`METALMESH=$PWD/target/debug/metalmesh python guard.py` runs all and says how much was checked; `guard.py ip machine`
runs only the groups that are named.
"""

import os
import signal
import sys
import unittest

import check
import fixture
import operation

GROUPS = [
    "health",
    "version",
    "user",
    "role",
    "audit",
    "vpn",
    "firmware",
    "sizeimageconstraint",
    "size",
    "image",
    "partition",
    "project",
    "tenant",
    "filesystemlayout",
    "network",
    "ip",
    "switch",
    "firewall",
    "machine",
    "life",
    "boot",
]
"""Files `test_<group>.py`, in the order in which they run."""


class CompletenessTest(unittest.TestCase):
    def test_every_operation_of_the_client_was_called(self):
        check.equal(114, len(operation.all_of_them()), "operations of the client")
        check.equal([], operation.never_called(), "operations that no test calls")

    def test_every_node_ends_well(self):
        for node in fixture.opened():
            node.stop()


def main(wanted):
    """Runs these groups, or all of them. Only all of them can be complete."""
    loader = unittest.TestLoader()
    names = [f"test_{group}" for group in wanted or GROUPS]
    suite = loader.loadTestsFromNames(names if wanted else [*names, "guard.CompletenessTest"])
    result = unittest.TextTestRunner(failfast=True, verbosity=2 if wanted else 1).run(suite)
    if not result.wasSuccessful():
        for node in fixture.opened():
            print(f"the log of a node:\n{node.log()}", file=sys.stderr)
    print(f"{check.count()} checks", flush=True)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    # The client would look for a node of this machine behind the proxy.
    os.environ.pop("HTTPS_PROXY", None)
    # An end from outside, too, takes the nodes with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]))
