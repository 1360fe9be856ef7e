"""The fixture: one node with its pretend hardware, and the three that may call it."""

import functools
import itertools

from metal_python import models
from metal_python.api import MachineApi, NetworkApi

import check
from caller import Caller
from node import Node

PROJECT = "00000000-0000-0000-0000-000000000001"
PROVIDER_PROJECT = "00000000-0000-0000-0000-000000000000"
TENANT = "metal-stack"
PARTITION = "mini-lab"
RACK = "test-rack"
SIZE = "v1-small-x86"
IMAGE = "ubuntu-26.4"
OTHER_IMAGE = "debian-13.0"
FIREWALL_IMAGE = "firewall-ubuntu-3.0"
LAYOUT = "default"
SUPER = "tenant-super-network-mini-lab"
INTERNET = "internet-mini-lab"
UNDERLAY = "underlay-mini-lab"
NOBODY = "00000000-0000-0000-0000-00000000dead"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g test"

_opened = []


class Fixture:
    """A node, its machines, and a caller for each role."""

    def __init__(self, machines, speed):
        self.count = machines
        self.node = Node("--machines", str(machines), "--speed", str(speed))
        self.view = Caller(self.node.url, "Metal-View", "metal-view")
        self.edit = Caller(self.node.url, "Metal-Edit", "metal-edit")
        self.admin = Caller(self.node.url, "Metal-Admin", "metal-admin")
        self._taken = itertools.count(1)
        _opened.append(self.node)

    def machine_id(self):
        """A machine that no other test has."""
        number = next(self._taken)
        check.true(number <= self.count, "there is a machine for each test that wants one")
        return f"00000000-0000-0000-0000-{number:012x}"

    def are_all_waiting(self):
        """Whether each machine is there and waits."""
        events = [newest(machine) for machine in self.view.call(200, MachineApi.list_machines)]
        return len(events) == self.count and set(events) == {"Waiting"}

    def wait_for(self, machine, event):
        """Waits until the newest event of the machine is this one, and returns the machine."""
        return check.within(f"{machine} is {event}", lambda: self._machine_in(machine, event))

    def _machine_in(self, machine, event):
        found = self.view.call(200, MachineApi.find_machine, machine)
        return found if newest(found) == event else None

    def private_network(self, name):
        """A project network of its own for a test."""
        request = models.V1NetworkAllocateRequest(name=name, partitionid=PARTITION, projectid=PROJECT)
        return self.edit.call(201, NetworkApi.allocate_network, request)


@functools.cache
def shared():
    """The fixture that most tests have in common, with all machines waiting."""
    fixture = Fixture(machines=8, speed=60)
    fixture.node.wait_until_healthy()
    check.within("all machines wait", fixture.are_all_waiting)
    return fixture


def newest(machine):
    """The newest event of a machine, or nothing."""
    return machine.events.log[0].event if machine.events.log else ""


def opened():
    """The nodes that were started so far."""
    return _opened
