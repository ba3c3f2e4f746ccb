"""Models of the network of a pool and its nodes."""

from __future__ import annotations

from typing import Optional, Union

from .._codecs import BOOL, INT, STR, array, enum_codec, nested
from .._model import Model, field
from ._enums import (
    DynamicVNetAssignmentScope,
    InboundEndpointProtocol,
    IpAddressProvisioningType,
    IPFamily,
    NetworkSecurityGroupRuleAccess,
)

__all__ = [
    "BatchInboundNatPool",
    "BatchNodeEndpointConfiguration",
    "BatchPoolEndpointConfiguration",
    "BatchPublicIpAddressConfiguration",
    "IPTag",
    "InboundEndpoint",
    "NetworkConfiguration",
    "NetworkSecurityGroupRule",
]


class IPTag(Model):
    """A tag on the public addresses that the service creates, which decides the range that they come from."""

    ip_tag_type: Optional[str] = field("ipTagType", STR, default=None)
    """Kind of the tag, for example ``FirstPartyUsage``."""
    tag: Optional[str] = field("tag", STR, default=None)
    """Value of the tag, for example ``SQL``."""


class BatchPublicIpAddressConfiguration(Model):
    """Where the public IP addresses of a pool come from, and whether there are any.

    See https://learn.microsoft.com/azure/batch/create-pool-public-ip.
    """

    ip_address_provisioning_type: Optional[Union[str, IpAddressProvisioningType]] = field(
        "provision", enum_codec(IpAddressProvisioningType), default=None
    )
    """Who creates the addresses: Batch, which is the default, you (then ``ip_address_ids`` lists them), or nobody.
    Nodes without public addresses need another way to reach the service.
    """
    ip_families: Optional[list[Union[str, IPFamily]]] = field("ipFamilies", array(enum_codec(IPFamily)), default=None)
    """``IPV4`` alone, which is the default, or both families for a dual-stack pool."""
    ip_address_ids: Optional[list[str]] = field("ipAddressIds", array(STR), default=None)
    """Azure resource ids of your addresses, in the account's subscription and region; one is needed for every 100
    dedicated or 100 Spot nodes. Only with ``USER_MANAGED``.
    """
    ip_tags: Optional[list[IPTag]] = field("ipTags", array(nested(IPTag)), default=None)
    """Tags for addresses that Batch creates; not possible with addresses of your own."""


class NetworkSecurityGroupRule(Model):
    """Lets some senders reach an inbound endpoint, or keeps them out."""

    priority: int = field("priority", INT)
    """Rank of the rule, 150 to 4096, each used once in a pool; the lowest number is looked at first."""
    access: Union[str, NetworkSecurityGroupRuleAccess] = field("access", enum_codec(NetworkSecurityGroupRuleAccess))
    """Whether traffic that matches gets through."""
    source_address_prefix: str = field("sourceAddressPrefix", STR)
    """Who the rule is about: one address, a CIDR range such as ``10.0.0.0/24``, a service tag, or ``*`` for everybody.
    """
    source_port_ranges: Optional[list[str]] = field("sourcePortRanges", array(STR), default=None)
    """Ports of the sender: single ports, ranges such as ``100-200``, or ``*``. Left out: any port."""


class BatchInboundNatPool(Model):
    """A port of every node, made reachable from outside through a range of public ports.

    Each node gets one port of the range; ``BatchNode.endpoint_configuration`` tells which. See
    https://learn.microsoft.com/azure/batch/pool-endpoint-configuration.
    """

    name: str = field("name", STR)
    """Up to 77 letters, digits, ``_``, ``.`` and ``-``, unlike the other names of the pool; begins with a letter or
    digit and ends with one or ``_``.
    """
    protocol: Union[str, InboundEndpointProtocol] = field("protocol", enum_codec(InboundEndpointProtocol))
    """Transport protocol of the endpoint, TCP or UDP."""
    backend_port: int = field("backendPort", INT)
    """Port that programs on the node listen on: 1 to 65535, except 29876 and 29877; each used once in a pool. 22 opens
    SSH, 3389 remote desktop.
    """
    frontend_port_range_start: int = field("frontendPortRangeStart", INT)
    """Lowest public port, 1 to 65534. Ranges must have 40 ports or more, not overlap with each other, and stay clear of
    50000 to 55000.
    """
    frontend_port_range_end: int = field("frontendPortRangeEnd", INT)
    """Highest public port, itself part of the range."""
    network_security_group_rules: Optional[list[NetworkSecurityGroupRule]] = field(
        "networkSecurityGroupRules", array(nested(NetworkSecurityGroupRule)), default=None
    )
    """Who may reach the endpoint, at most 25 rules over all endpoints of a pool. Left out: the port is open to
    everybody.
    """


class BatchPoolEndpointConfiguration(Model):
    """Opens ports of the nodes of a pool to the outside.

    Nothing is open by default: log-in over SSH or remote desktop needs an entry, too.
    """

    inbound_nat_pools: list[BatchInboundNatPool] = field("inboundNATPools", array(nested(BatchInboundNatPool)))
    """The ports to open, at most five."""


class NetworkConfiguration(Model):
    """How the nodes of a pool are connected."""

    subnet_id: Optional[str] = field("subnetId", STR, default=None)
    """Azure resource id of a subnet that nodes join: ``/subscriptions/.../virtualNetworks/{vnet}/subnets/{subnet}``, in
    the region and subscription of the account. With too few free addresses the pool grows only in part and reports a
    resize error; see https://learn.microsoft.com/azure/batch/batch-virtual-network.
    """
    dynamic_vnet_assignment_scope: Optional[Union[str, DynamicVNetAssignmentScope]] = field(
        "dynamicVNetAssignmentScope", enum_codec(DynamicVNetAssignmentScope), default=None
    )
    """``JOB`` lets each job bring a network for its tasks, see ``BatchJobNetworkConfiguration``. Left out: ``NONE``."""
    endpoint_configuration: Optional[BatchPoolEndpointConfiguration] = field(
        "endpointConfiguration", nested(BatchPoolEndpointConfiguration), default=None
    )
    """Ports that can be reached from outside. Left out: none."""
    public_ip_address_configuration: Optional[BatchPublicIpAddressConfiguration] = field(
        "publicIPAddressConfiguration", nested(BatchPublicIpAddressConfiguration), default=None
    )
    """Public addresses of the pool. Left out: Batch creates and removes them."""
    enable_accelerated_networking: Optional[bool] = field("enableAcceleratedNetworking", BOOL, default=None)
    """Whether nodes bypass the host's switch (SR-IOV) for lower latency; the VM size must support it."""


class InboundEndpoint(Model):
    """Where one port of a node can be reached from outside, as the service assigned it."""

    name: str = field("name", STR)
    """Made from the name of the ``BatchInboundNatPool`` that the port belongs to."""
    protocol: Union[str, InboundEndpointProtocol] = field("protocol", enum_codec(InboundEndpointProtocol))
    """Transport protocol to connect with, TCP or UDP."""
    public_ip_address: str = field("publicIPAddress", STR)
    """Public address to connect to; it can be an IPv6 one on dual-stack pools."""
    public_fqdn: str = field("publicFQDN", STR)
    """DNS name that resolves to ``public_ip_address``."""
    frontend_port: int = field("frontendPort", INT)
    """Port to connect to from outside."""
    backend_port: int = field("backendPort", INT)
    """Port on the node that the connection ends at."""


class BatchNodeEndpointConfiguration(Model):
    """The ports of one node that can be reached from outside."""

    inbound_endpoints: list[InboundEndpoint] = field("inboundEndpoints", array(nested(InboundEndpoint)))
    """One entry for each port opened on the pool."""
