"""An allocation: what a test wishes for when it allocates a machine or a firewall."""

from metal_python import models

import fixture


def networks(*names):
    """Networks in which an address is taken."""
    return [models.V1MachineAllocationNetwork(networkid=name, autoacquire=True) for name in names]


def of_machine(name, **more):
    """The request for a machine."""
    return models.V1MachineAllocateRequest(**_fields(name, fixture.IMAGE, more))


def of_firewall(name, **more):
    """The request for a firewall."""
    return models.V1FirewallCreateRequest(**_fields(name, fixture.FIREWALL_IMAGE, more))


def _fields(name, image, more):
    fields = {
        "name": name,
        "hostname": name,
        "description": "for a test",
        "imageid": image,
        "partitionid": fixture.PARTITION,
        "projectid": fixture.PROJECT,
        "sizeid": fixture.SIZE,
        "ssh_pub_keys": [fixture.KEY],
    }
    return {**fields, **more}
