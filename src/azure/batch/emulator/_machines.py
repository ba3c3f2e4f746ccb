"""Mixed sizes, processors and zones of a pool's machines: their rules, and what of them can be seen here.

A pool of mixed sizes gets nodes that name one of its sizes. Zones and processors have no counterpart on one machine:
they are checked and kept. A region is taken to have three zones, as regions with zones have.
"""

from __future__ import annotations

from ._validation import check_range, completed, invalid, missing
from ._vm_sizes import known_cores
from ._wire import Document

__all__ = ["check_machines", "node_size", "updated"]

_MIX = "Mix"
_ZONES = 3
_CONFIGURATION = "virtualMachineConfiguration"
_KEPT = ("placement", "resiliencyPolicy")


def check_machines(document: Document) -> None:
    """Check the whole document of a pool; fills in the default of how a size is chosen."""
    _check_mix(document)
    check_range(document, "taskSlotsPerNode", 1, _most_slots(document))
    configuration: Document = document[_CONFIGURATION]
    path = f"{_CONFIGURATION}."
    if "hardwareProfile" in configuration:
        size: Document = configuration["hardwareProfile"].get("vmSizeProperties", {})
        for name in ("vCPUsAvailable", "vCPUsPerCore"):
            check_range(size, name, 1, 2**31 - 1, f"{path}hardwareProfile.vmSizeProperties.")
    if "placement" in configuration and "nodePlacementConfiguration" in configuration:
        raise invalid(f"{path}placement", configuration["placement"], "Not together with nodePlacementConfiguration")
    if "resiliencyPolicy" in configuration:
        _check_resiliency(configuration, f"{path}resiliencyPolicy")
    rolling: Document = document.get("upgradePolicy", {}).get("rollingUpgradePolicy", {})
    by_hand: Document = configuration.get("nodePlacementConfiguration", {})
    is_zonal = "placement" in configuration or by_hand.get("policy") == "zonal"
    if rolling.get("enableCrossZoneUpgrade") and not is_zonal:
        name = "upgradePolicy.rollingUpgradePolicy.enableCrossZoneUpgrade"
        raise invalid(name, True, "Only for pools that are placed over zones")


def _most_slots(document: Document) -> int:
    """How many tasks a node of a pool can run at once: four a core, where its size says how many it has."""
    known = known_cores(node_size(document))
    return 256 if known is None else min(4 * known, 256)


def _check_mix(document: Document) -> None:
    is_mix = document["vmSize"] == _MIX
    if "vmSkuProfile" not in document:
        if is_mix:
            raise invalid("vmSize", _MIX, "A pool of mixed sizes needs a vmSkuProfile")
        return
    if not is_mix:
        raise invalid("vmSize", document["vmSize"], f"The value must be {_MIX} with a vmSkuProfile")
    profile: Document = document["vmSkuProfile"]
    strategy = profile.setdefault("allocationStrategy", "lowestPrice")
    sizes: list[Document] = profile.get("vmSizes", [])
    if not sizes:
        raise missing("vmSkuProfile.vmSizes")
    if len(sizes) > 5:
        raise invalid("vmSkuProfile.vmSizes", len(sizes), "A pool has at most 5 sizes")
    for index, size in enumerate(sizes):
        place = f"vmSkuProfile.vmSizes[{index}]."
        check_range(size, "rank", 0, 2**31 - 1, place)
        if strategy == "prioritized" and "rank" not in size:
            raise missing(f"{place}rank")
        if strategy != "prioritized" and "rank" in size:
            raise invalid(f"{place}rank", size["rank"], f"Sizes have no rank with the strategy {strategy}")


def _check_resiliency(configuration: Document, path: str) -> None:
    policy: Document = configuration["resiliencyPolicy"]
    if "placement" not in configuration:
        raise invalid(path, policy, "Only with a placement whose zonePlacementPolicy is Auto")
    zones: Document = policy["zoneAllocationPolicy"]
    path += ".zoneAllocationPolicy."
    check_range(zones, "maxZoneCount", 1, _ZONES, path)
    share: Document = zones.get("maxInstancePercentPerZonePolicy", {})
    check_range(share, "value", 1, 100, f"{path}maxInstancePercentPerZonePolicy.")


def updated(present: Document, body: Document, sent: Document) -> Document:
    """A pool's document as an update makes it.

    What is not named in an update stays as it is, and so do placement, resiliency policy and what every configuration
    must have where the rest of the configuration is replaced; null takes the first two away, and the mix of sizes too.

    :param body: The update as it was read, which no longer has nulls.
    :param sent: The update as it was sent.
    """
    result = {**present, **body}
    if "vmSkuProfile" in sent and "vmSkuProfile" not in body:
        result.pop("vmSkuProfile", None)
    if _CONFIGURATION in body:
        before: Document = present[_CONFIGURATION]
        kept = {name: before[name] for name in _KEPT if name in before and name not in sent[_CONFIGURATION]}
        given = {**body[_CONFIGURATION], **kept}
        result[_CONFIGURATION] = completed(given, before, "VirtualMachineConfiguration", f"{_CONFIGURATION}.")
    return result


def node_size(pool: Document) -> str:
    """The size of a pool's next node: of mixed sizes the most preferred one, or else the first."""
    sizes: list[Document] = pool.get("vmSkuProfile", {}).get("vmSizes", [])
    if not sizes:
        return str(pool["vmSize"])
    return str(min(sizes, key=lambda size: int(size.get("rank", 0)))["name"])
