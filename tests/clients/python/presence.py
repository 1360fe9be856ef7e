"""The presence of fields: what metal-api v1 says always, beside what the client itself requires."""

_NAMED = {"name", "description"}
_STAMPED = {"created", "changed"}
_MACHINE = _NAMED | _STAMPED | {"rackid"}

ALWAYS = {
    "V1FilesystemLayoutResponse": frozenset(_NAMED),
    "V1FirewallResponse": frozenset(_MACHINE),
    "V1IPResponse": frozenset(_NAMED | _STAMPED | {"tags"}),
    "V1ImageResponse": frozenset(_NAMED | _STAMPED | {"url", "features", "classification"}),
    "V1MachineFru": frozenset(
        {
            "board_mfg",
            "board_mfg_serial",
            "board_part_number",
            "chassis_part_number",
            "chassis_part_serial",
            "product_manufacturer",
            "product_part_number",
            "product_serial",
        }
    ),
    "V1MachineIPMIResponse": frozenset(_MACHINE),
    "V1MachineProvisioningEvent": frozenset({"time", "event", "message"}),
    "V1MachineResponse": frozenset(_MACHINE),
    "V1Meta": frozenset({"id"}),
    "V1NetworkResponse": frozenset(_NAMED | _STAMPED | {"partitionid", "projectid", "labels", "shared", "vrf"}),
    "V1PartitionBootConfiguration": frozenset({"imageurl", "kernelurl", "commandline"}),
    "V1PartitionResponse": frozenset(_NAMED | _STAMPED | {"mgmtserviceaddress", "labels"}),
    "V1ProjectResponse": frozenset({"meta"}),
    "V1SizeImageConstraintResponse": frozenset(_NAMED),
    "V1SizeReservationResponse": frozenset(_NAMED | _STAMPED),
    "V1SizeReservationUsageResponse": frozenset(_NAMED),
    "V1SizeResponse": frozenset(_NAMED | _STAMPED),
    "V1SwitchConnection": frozenset({"machine_id"}),
    "V1SwitchNic": frozenset({"vrf"}),
    "V1SwitchNotifyResponse": frozenset(_NAMED),
    "V1SwitchResponse": frozenset(
        _NAMED | _STAMPED | {"mode", "management_ip", "management_user", "console_command"}
    ),
    "V1TenantResponse": frozenset({"meta"}),
}
"""Attributes by model that are never null nor missing."""

BEYOND_THE_CLIENT = {}
"""Keys that are answered and that the client does not know: (model, key), each with its reason."""

NULL_WHEN_EMPTY = frozenset(
    {
        "list[V1NetworkResponse]",
        "list[V1ProjectResponse]",
        "list[V1SizeReservationUsageResponse]",
        "list[V1TenantResponse]",
    }
)
"""Answers that are null, and not an empty list, when there is nothing."""
