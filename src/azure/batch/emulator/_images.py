"""The images that pools can be made of: a small list of what programs ask for."""

from __future__ import annotations

from ._wire import Document

__all__ = ["supported_images"]

_UBUNTU, _WINDOWS = "canonical", "microsoftwindowsserver"

_IMAGES = (
    ("batch.node.ubuntu 18.04", "linux", _UBUNTU, "ubuntuserver", "18.04-lts", "unverified", ""),
    ("batch.node.ubuntu 20.04", "linux", _UBUNTU, "0001-com-ubuntu-server-focal", "20_04-lts", "verified", ""),
    ("batch.node.ubuntu 20.04", "linux", _UBUNTU, "0001-com-ubuntu-server-focal", "20_04-lts-gen2", "verified", "2"),
    ("batch.node.ubuntu 22.04", "linux", _UBUNTU, "0001-com-ubuntu-server-jammy", "22_04-lts", "verified", ""),
    ("batch.node.ubuntu 22.04", "linux", _UBUNTU, "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "verified", "2"),
    ("batch.node.ubuntu 24.04", "linux", _UBUNTU, "ubuntu-24_04-lts", "server", "verified", "2"),
    ("batch.node.debian 12", "linux", "debian", "debian-12", "12", "verified", ""),
    ("batch.node.el 9", "linux", "almalinux", "almalinux-x86_64", "9-gen2", "verified", "2"),
    ("batch.node.ubuntu 22.04", "linux", "microsoft-dsvm", "ubuntu-hpc", "2204", "verified", "docker"),
    ("batch.node.windows amd64", "windows", _WINDOWS, "windowsserver", "2016-datacenter", "verified", ""),
    ("batch.node.windows amd64", "windows", _WINDOWS, "windowsserver", "2019-datacenter", "verified", ""),
    ("batch.node.windows amd64", "windows", _WINDOWS, "windowsserver", "2022-datacenter", "verified", ""),
    ("batch.node.windows amd64", "windows", _WINDOWS, "windowsserver", "2022-datacenter-g2", "verified", "2"),
)
_CAPABILITIES = {"2": ["Generation2VMImage"], "docker": ["DockerCompatible", "Generation2VMImage"]}


def supported_images() -> list[tuple[str, Document]]:
    """The images as lists show them, each with its key."""
    result: list[tuple[str, Document]] = []
    for agent, system, publisher, offer, sku, verification, feature in _IMAGES:
        document: Document = {
            "nodeAgentSKUId": agent,
            "imageReference": {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"},
            "osType": system,
            "verificationType": verification,
        }
        if feature in _CAPABILITIES:
            document["capabilities"] = _CAPABILITIES[feature]
        result.append((f"{publisher}/{offer}/{sku}", document))
    return sorted(result, key=lambda item: item[0])
