"""Models of what API version 2026-10-01 lets be said of a pool's machines: mixed sizes, processors, zones."""

from __future__ import annotations

from typing import Optional, Union

from .._codecs import BOOL, INT, STR, array, enum_codec, nested
from .._model import Model, field
from ._enums import VirtualMachineSkuAllocationStrategy, ZonePlacementPolicyType

__all__ = [
    "HardwareProfile",
    "MaxInstancePercentPerZonePolicy",
    "Placement",
    "ResiliencyPolicy",
    "VMSizeProperties",
    "VirtualMachineSkuProfile",
    "VirtualMachineSkuProfileVmSize",
    "ZoneAllocationPolicy",
]


class VirtualMachineSkuProfileVmSize(Model):
    """One of the VM sizes that an Instance Mix pool may be made of. Needs API version 2026-10-01."""

    name: str = field("name", STR)
    """Azure VM size, for example ``Standard_D8s_v5``."""
    rank: Optional[int] = field("rank", INT, default=None)
    """Preference among the sizes, from 0; the lowest is tried first. Must be given with ``PRIORITIZED``, and left out
    with every other strategy.
    """


class VirtualMachineSkuProfile(Model):
    """The sizes of an Instance Mix pool: it takes nodes of whichever can be had. Needs API version 2026-10-01.

    The pool's ``vm_size`` is then the word ``Mix``. Which sizes go together, as to processors and family, the service
    decides.
    """

    vm_sizes: Optional[list[VirtualMachineSkuProfileVmSize]] = field(
        "vmSizes", array(nested(VirtualMachineSkuProfileVmSize)), default=None
    )
    """The sizes to choose from, 1 to 5. Creating a pool needs them."""
    allocation_strategy: Optional[Union[str, VirtualMachineSkuAllocationStrategy]] = field(
        "allocationStrategy", enum_codec(VirtualMachineSkuAllocationStrategy), default=None
    )
    """How a size is chosen when nodes are added. Left out: ``LOWEST_PRICE``."""


class VMSizeProperties(Model):
    """Shows a node fewer processors than its VM size has. Needs API version 2026-10-01."""

    v_cpus_available: Optional[int] = field("vCPUsAvailable", INT, default=None)
    """How many virtual processors the machine gets. Left out: all that the size has."""
    v_cpus_per_core: Optional[int] = field("vCPUsPerCore", INT, default=None)
    """Virtual processors on one physical core; 1 turns hyper-threading off. Left out: as the size has it."""


class HardwareProfile(Model):
    """Hardware of the machines, apart from their size. Needs API version 2026-10-01."""

    vm_size_properties: Optional[VMSizeProperties] = field("vmSizeProperties", nested(VMSizeProperties), default=None)
    """How many processors the machines show. Left out: what the VM size has."""


class Placement(Model):
    """Leaves the choice of availability zones to the platform. Needs API version 2026-10-01."""

    zone_placement_policy: Union[str, ZonePlacementPolicyType] = field(
        "zonePlacementPolicy", enum_codec(ZonePlacementPolicyType)
    )
    """How zones are chosen; ``AUTO`` is the only way there is."""


class MaxInstancePercentPerZonePolicy(Model):
    """Bounds the share of a pool's nodes that may be in one zone. Needs API version 2026-10-01."""

    enabled: Optional[bool] = field("enabled", BOOL, default=None)
    """Whether the bound holds."""
    value: int = field("value", INT)
    """The largest share in percent, 1 to 100."""


class ZoneAllocationPolicy(Model):
    """Bounds on how nodes spread over zones. Needs API version 2026-10-01."""

    max_zone_count: Optional[int] = field("maxZoneCount", INT, default=None)
    """In how many zones nodes may be, from 1 to what the region has."""
    max_instance_percent_per_zone_policy: Optional[MaxInstancePercentPerZonePolicy] = field(
        "maxInstancePercentPerZonePolicy", nested(MaxInstancePercentPerZonePolicy), default=None
    )
    """The largest share of one zone. Left out: no bound."""


class ResiliencyPolicy(Model):
    """How a pool is to withstand the loss of a zone. Needs API version 2026-10-01."""

    zone_allocation_policy: ZoneAllocationPolicy = field("zoneAllocationPolicy", nested(ZoneAllocationPolicy))
    """How nodes spread over the zones."""
