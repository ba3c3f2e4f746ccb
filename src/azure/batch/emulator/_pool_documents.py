"""What a pool's document may hold: defaults, limits, contradictions."""

from __future__ import annotations

import json
import re
from typing import Any

from . import _applications, _mounts
from ._machines import check_machines
from ._options import Options
from ._validation import (
    at_most,
    check_range,
    check_task_definition,
    invalid,
    missing,
    read_body,
    shortest,
    tidy,
)
from ._wire import Document, ServiceError

__all__ = [
    "RESIZE_TIMEOUT",
    "check_packages",
    "check_pool",
    "check_pool_parts",
    "check_targets",
    "most_nodes",
    "pool_document",
    "pool_specification",
]

RESIZE_TIMEOUT = "PT15M"
"""How long a resize may take that does not say so itself."""

_AGENT = re.compile(r"batch\.node\..+", re.IGNORECASE)
_IMAGE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute/"
    r"(images/[^/]+|galleries/[^/]+/images/[^/]+(/versions/[^/]+)?)",
    re.IGNORECASE,
)
_SUBNET = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/[^/]+/providers/[^/]+/virtualNetworks/[^/]+/subnets/[^/]+", re.IGNORECASE
)
_NOBODYS = "00000000-0000-0000-0000-000000000000"
_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")
_MOST_NODES, _MOST_CONNECTED = 100_000, 100
_MOST_PACKAGES = 10
_LONGEST_START_TASK = 32_768
_RESERVED_PORTS = (29876, 29877)


def pool_document(body: Any, options: Options) -> Document:
    """A pool's document from the body that creates it, with everything the service fills in."""
    document = _filled(read_body(body, "PoolCreateOptions"))
    check_pool(document, options)
    return _finished(document)


def pool_specification(given: Document, options: Options) -> Document:
    """The document of a pool that a job brings along, and with which it was read.

    What is wrong with it, beyond its form, is for the job to tell when it makes the pool; what such a pool or the
    emulator cannot have at all is refused here.
    """
    document = _filled(dict(given))
    hardware = document.get("virtualMachineConfiguration", {}).get("hardwareProfile")
    if hardware is not None:
        raise invalid("virtualMachineConfiguration.hardwareProfile", hardware, "Not for automatic pools")
    try:
        check_pool(document, options)
    except ServiceError as error:
        if error.code == "NotImplemented":
            raise
        return document
    return _finished(document)


def _filled(document: Document) -> Document:
    if document.get("taskSlotsPerNode") == 0:
        del document["taskSlotsPerNode"]  # clients send it for "not set"
    document.setdefault("enableAutoScale", False)
    if document["enableAutoScale"]:
        document.setdefault("autoScaleEvaluationInterval", "PT15M")
    document.setdefault("resizeTimeout", RESIZE_TIMEOUT)
    document.setdefault("enableInterNodeCommunication", False)
    document.setdefault("taskSlotsPerNode", 1)
    document.setdefault("taskSchedulingPolicy", {"nodeFillType": "spread"})
    return document


def _finished(document: Document) -> Document:
    if not document["enableAutoScale"]:
        for name in _TARGETS:
            document.setdefault(name, 0)
    result: Document = tidy(document)
    return result


def check_pool(document: Document, options: Options) -> None:
    """Refuse what cannot be a pool; fills in the defaults of its start task."""
    if "virtualMachineConfiguration" not in document:
        raise missing("virtualMachineConfiguration")
    _check_scaling(document)
    check_machines(document)
    check_pool_parts(document, options)


def _check_scaling(document: Document) -> None:
    if document["enableAutoScale"]:
        if not document.get("autoScaleFormula"):
            raise missing("autoScaleFormula")
        for name in _TARGETS:
            if name in document:
                raise invalid(name, document[name], "A pool that scales automatically takes no target")
    else:
        for name in ("autoScaleFormula", "autoScaleEvaluationInterval"):
            if name in document:
                raise invalid(name, document[name], "The pool does not scale automatically")
        if not any(name in document for name in _TARGETS):
            raise missing(_TARGETS[0])
    check_targets(document, document["enableInterNodeCommunication"])
    shortest(document, "resizeTimeout", 5, 168)
    shortest(document, "autoScaleEvaluationInterval", 5, 168)


def most_nodes(is_connected: bool) -> int:
    """How many nodes a pool may have, of both kinds together; fewer when they are to reach each other."""
    return _MOST_CONNECTED if is_connected else _MOST_NODES


def check_targets(targets: Document, is_connected: bool) -> None:
    """The numbers of nodes to come."""
    for name in _TARGETS:
        check_range(targets, name, 0, _MOST_NODES)
    number = sum(targets.get(name, 0) for name in _TARGETS)
    if number > most_nodes(is_connected):
        pool = "A pool with inter-node communication" if is_connected else "A pool"
        raise invalid(_TARGETS[0], number, f"{pool} has at most {most_nodes(is_connected)} nodes")


def check_pool_parts(document: Document, options: Options) -> None:
    """Check what of a pool's properties is there: for a new pool, and for an update."""
    _mounts.check(document.get("mountConfiguration", []), options.auto_storage)
    if document.get("vmSize") == "":
        raise missing("vmSize")
    if "virtualMachineConfiguration" in document:
        _check_agent(document["virtualMachineConfiguration"]["nodeAgentSKUId"])
        _check_image(document["virtualMachineConfiguration"]["imageReference"])
    if "startTask" in document:
        start_task = document["startTask"]
        start_task.setdefault("waitForSuccess", True)
        start_task.setdefault("maxTaskRetryCount", 0)
        check_task_definition(start_task, "startTask.")
        at_most("startTask", json.dumps(start_task, ensure_ascii=False), _LONGEST_START_TASK)
    for index, account in enumerate(document.get("userAccounts", [])):
        at_most(f"userAccounts[{index}].name", account["name"], 20)
        account.setdefault("elevationLevel", "nonadmin")
        linux: Document = account.get("linuxUserConfiguration", {})
        if ("uid" in linux) != ("gid" in linux):
            place = f"userAccounts[{index}].linuxUserConfiguration"
            raise invalid(place, linux, "uid and gid must be given together")
    packages: list[Document] = document.get("applicationPackageReferences", [])
    if len(packages) > _MOST_PACKAGES:
        reason = f"A pool has at most {_MOST_PACKAGES} application packages"
        raise invalid("applicationPackageReferences", len(packages), reason)
    if "networkConfiguration" in document:
        _check_network(document["networkConfiguration"])


def check_packages(document: Document, options: Options) -> None:
    """Refuse a pool with packages that the account does not have."""
    for reference in document.get("applicationPackageReferences", []):
        if _applications.find(options, reference) is None:
            values = [(str(reference["applicationId"]), "The package or its default version does not exist")]
            raise ServiceError("InvalidApplicationPackageReferences", values=values)


def _check_agent(identifier: str) -> None:
    """Refuse what is no node agent; of which there are more than the images that are listed."""
    if not _AGENT.fullmatch(identifier):
        raise ServiceError("NodeAgentSKUNotFound", values=[("NodeAgentSKUId", identifier)])


def _check_image(image: Document) -> None:
    identifier = image.get("virtualMachineImageId")
    if identifier is not None:
        if not _IMAGE.fullmatch(identifier):
            form = (
                "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute"
                "/galleries/{gallery}/images/{image}/versions/{version}"
            )
            raise invalid("virtualMachineImageId", identifier, f"The specified resource id must be of the form {form}")
        return
    if "sharedGalleryImageId" in image or "communityGalleryImageId" in image:
        return
    for name in ("publisher", "offer", "sku"):
        if not image.get(name):
            raise missing(f"virtualMachineConfiguration.imageReference.{name}")
    image.setdefault("version", "latest")


def _check_network(network: Document) -> None:
    subnet = network.get("subnetId")
    if subnet is not None:
        match = _SUBNET.fullmatch(subnet)
        if match is None:
            raise invalid("subnetId", subnet, "The value is not the resource id of a subnet")
        if match.group(1) == _NOBODYS:
            reason = "The specified subnetId is in a different subscription and cannot be used with the Batch account"
            raise invalid("subnetId", subnet, reason)
    pools: list[Document] = network.get("endpointConfiguration", {}).get("inboundNATPools", [])
    path = "networkConfiguration.endpointConfiguration.inboundNATPools"
    if len(pools) > 5:
        raise invalid(path, len(pools), "A pool has at most 5 inbound NAT pools")
    rules = sum(len(pool.get("networkSecurityGroupRules", [])) for pool in pools)
    if rules > 25:
        raise invalid(f"{path}.networkSecurityGroupRules", rules, "A pool has at most 25 rules")
    taken: list[tuple[int, int]] = []
    for index, pool in enumerate(pools):
        place = f"{path}[{index}]."
        at_most(place + "name", pool["name"], 77)
        check_range(pool, "backendPort", 1, 65535, place)
        if pool["backendPort"] in _RESERVED_PORTS:
            raise invalid(place + "backendPort", pool["backendPort"], "The port is reserved")
        first, last = pool["frontendPortRangeStart"], pool["frontendPortRangeEnd"]
        for name in ("frontendPortRangeStart", "frontendPortRangeEnd"):
            check_range(pool, name, 1, 65534, place)
        if last - first < 39:
            raise invalid(place + "frontendPortRangeEnd", last, "The range must have at least 40 ports")
        if first <= 55000 and last >= 50000:
            raise invalid(place + "frontendPortRangeStart", first, "Ports from 50000 to 55000 are reserved")
        if any(first <= other_last and last >= other_first for other_first, other_last in taken):
            raise invalid(place + "frontendPortRangeStart", first, "The range overlaps with another")
        taken.append((first, last))
        for rule in pool.get("networkSecurityGroupRules", []):
            check_range(rule, "priority", 150, 4096, place)
