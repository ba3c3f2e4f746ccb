"""Requests that show nodes: lists, counts, users, remote login, logs, extensions."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Callable
from urllib.parse import quote

from ._execution import failure_document
from ._lists import changed, dated, page, page_items, read
from ._nodes import Nodes
from ._state import LOG, Node, Pool, State
from ._tasks import Tasks
from ._times import text_date
from ._transfers import TransferError, send_text
from ._validation import invalid, missing, read_body
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["NodeCalls"]

_PUBLIC_ADDRESS, _PUBLIC_ADDRESS_6, _PUBLIC_NAME = "127.0.0.1", "::1", "localhost"
_FIRST_LOGIN_PORT = 50000
_NOT_IN_NAMES = re.compile(r"[/\x00-\x1f\x7f-\x9f]")

_COUNTED = (
    "creating",
    "idle",
    "offline",
    "preempted",
    "rebooting",
    "reimaging",
    "running",
    "starting",
    "startTaskFailed",
    "leavingPool",
    "unknown",
    "unusable",
    "waitingForStartTask",
    "deallocated",
    "deallocating",
    "upgradingOS",
)
"""Node states as the counts spell them."""

_SPELLING = {name.lower(): name for name in _COUNTED}


class NodeCalls:
    """The requests that look at nodes or add something to them."""

    def __init__(self, state: State, nodes: Nodes, tasks: Tasks) -> None:
        self._state = state
        self._nodes = nodes
        self._tasks = tasks

    def _find(self, call: Call) -> Node:
        return self._state.node(self._state.pool(call.ids["poolId"]), call.ids["nodeId"])

    # Showing

    def list_nodes(self, call: Call) -> Answer:
        """A page of a pool's nodes."""
        pool = self._state.pool(call.ids["poolId"])
        names = call.query.get("$select")
        with_tasks = names is None or "recentTasks" in names  # each of which would have to be looked up
        return page(call, pool.nodes, lambda node: self._render(node, call.base, with_tasks=with_tasks))

    def get(self, call: Call) -> Answer:
        """A node."""
        node = self._find(call)
        return dated(read(call, self._render(node, call.base)), node.document["stateTransitionTime"])

    def _render(self, node: Node, base: str, *, with_tasks: bool = True) -> Document:
        pool, url = node.pool, f"{base}/pools/{node.pool.id}/nodes/{node.id}"
        shown: Document = {
            **node.document,
            "url": url,
            "runningTasksCount": len(node.runs),
            "runningTaskSlotsCount": node.used,
            "virtualMachineInfo": {"imageReference": pool.document["virtualMachineConfiguration"]["imageReference"]},
            "endpointConfiguration": {"inboundEndpoints": _endpoints(node)},
        }
        if _has_public_addresses(pool):
            shown["publicIPAddress"] = _PUBLIC_ADDRESS
        if _has_ipv6(pool):
            shown["ipv6Address"] = f"fd00::{int(node.memo['number']) + 4:x}"
            shown["publicIPv6Address"] = _PUBLIC_ADDRESS_6
        if not with_tasks:
            return shown
        recent = [self._recent_task(entry, base) for entry in node.memo.get("recentTasks", [])]
        current = [{"jobId": run.job.id, "taskId": run.document["id"], "key": run.key} for run in node.runs]
        recent = [self._recent_task(entry, base) for entry in current] + recent
        recent = [entry for entry in recent if entry]
        if recent:
            shown["recentTasks"] = recent
        return shown

    def _recent_task(self, entry: Document, base: str) -> Document:
        job = self._state.jobs.get(entry["jobId"])
        document = self._tasks.document(job, entry["key"]) if job is not None else None
        if document is None:
            return {}
        return {
            "taskUrl": f"{base}/jobs/{entry['jobId']}/tasks/{entry['taskId']}",
            "jobId": entry["jobId"],
            "taskId": entry["taskId"],
            "taskState": document["state"],
            "executionInfo": document["executionInfo"],
        }

    def counts(self, call: Call) -> Answer:
        """How many nodes of each pool are in which state."""
        return page(call, self._state.pools, _count)

    # Users and remote login

    def _reachable(self, call: Call) -> Node:
        node = self._find(call)
        self._nodes.require_reachable(node)
        return node

    def create_user(self, call: Call) -> Answer:
        """Add a user to a node."""
        body = read_body(call.body, "NodeUserCreateOptions")
        name = str(body["name"])
        if not name.strip(".") or _NOT_IN_NAMES.search(name):
            raise invalid("name", name, "The value is no name that an address could hold")
        node = self._reachable(call)
        self._check_user(node, call, body)
        users: Document = node.memo.setdefault("users", {})
        if name.lower() in users:
            raise ServiceError("NodeUserExists")
        users[name.lower()] = self._with_expiry(body)
        self._state.save(node)
        place = f"/pools/{node.pool.id}/nodes/{node.id}/users/{quote(name, safe='')}"
        return changed(call, 201, {}, place, is_new=True)

    def replace_user(self, call: Call) -> Answer:
        """Replace password, key and expiry of a user."""
        body = read_body(call.body, "NodeUserReplaceOptions")
        node = self._reachable(call)
        users: Document = node.memo.get("users", {})
        key = call.ids["userName"].lower()
        if key not in users:
            raise ServiceError("NodeUserNotFound")
        self._check_user(node, call, body)
        users[key] = self._with_expiry({**body, "name": users[key]["name"]})
        self._state.save(node)
        return Answer(200)

    def delete_user(self, call: Call) -> Answer:
        """Delete a user."""
        node = self._reachable(call)
        if node.memo.get("users", {}).pop(call.ids["userName"].lower(), None) is None:
            raise ServiceError("NodeUserNotFound")
        self._state.save(node)
        return Answer(200)

    @staticmethod
    def _check_user(node: Node, call: Call, body: Document) -> None:
        if not node.pool.is_windows:
            return
        if "sshPublicKey" in body:
            raise invalid("sshPublicKey", body["sshPublicKey"], "A Windows node takes no SSH key")
        if not (call.body or {}).get("password"):
            raise missing("password")

    def _with_expiry(self, user: Document) -> Document:
        user.setdefault("expiryTime", text_date(self._state.now() + timedelta(days=1)))
        return user

    def login_settings(self, call: Call) -> Answer:
        """Where remote login of a node would be."""
        node = self._reachable(call)
        port = _FIRST_LOGIN_PORT + int(node.memo["number"])
        body: Document = {"remoteLoginIPAddress": _PUBLIC_ADDRESS, "remoteLoginPort": port}
        if _has_ipv6(node.pool):
            body.update(ipv6RemoteLoginIPAddress=_PUBLIC_ADDRESS_6, ipv6RemoteLoginPort=port)
        return dated(Answer(200, body=body), node.document["stateTransitionTime"])

    # Logs and extensions

    def upload_logs(self, call: Call) -> Answer:
        """Write the log of a node to a container."""
        body = read_body(call.body, "UploadBatchServiceLogsOptions")
        node = self._reachable(call)
        account = self._state.options.name
        directory = f"{account}-{uuid.uuid5(uuid.NAMESPACE_URL, account).hex}/{node.pool.id}/{node.id}/{uuid.uuid4()}"
        text = json.dumps({**node.document, "tasks": node.memo.get("recentTasks", [])}, indent=1)
        self._state.spawn(self._send_log(str(body["containerUrl"]), f"{directory}/agent-debug.log", text))
        answer = Answer(200, body={"virtualDirectoryName": directory, "numberOfFilesUploaded": 1})
        return dated(answer, node.document["stateTransitionTime"])

    async def _send_log(self, container: str, name: str, text: str) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(None, send_text, container, name, text)
        except TransferError as error:
            LOG.warning("The log of a node cannot be uploaded: %s", failure_document(error.failure))

    def _extensions(self, node: Node) -> list[tuple[str, Document]]:
        own: list[Document] = node.pool.document["virtualMachineConfiguration"].get("extensions", [])
        if not own:
            return []
        agent = {"name": "batchNodeExtension", "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
        status = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}
        return [
            (
                f"{index:03}",
                {
                    "provisioningState": "Succeeded",
                    "vmExtension": extension,
                    "instanceView": {"name": extension["name"], "statuses": [{**status, "message": ""}]},
                },
            )
            for index, extension in enumerate([*own, {**agent, "typeHandlerVersion": "2.1"}])
        ]

    def list_extensions(self, call: Call) -> Answer:
        """A page of the extensions of a node."""
        return page_items(call, self._extensions(self._find(call)), lambda item: item)

    def get_extension(self, call: Call) -> Answer:
        """An extension of a node."""
        name = call.ids["extensionName"].lower()
        node = self._find(call)
        for _, extension in self._extensions(node):
            if extension["vmExtension"]["name"].lower() == name:
                return dated(read(call, extension), node.document["allocationTime"])
        raise ServiceError("ResourceNotFound")

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "list_nodes": self.list_nodes,
            "get_node": self.get,
            "list_pool_node_counts": self.counts,
            "create_node_user": self.create_user,
            "replace_node_user": self.replace_user,
            "delete_node_user": self.delete_user,
            "get_node_remote_login_settings": self.login_settings,
            "upload_node_logs": self.upload_logs,
            "list_node_extensions": self.list_extensions,
            "get_node_extension": self.get_extension,
        }


def _has_ipv6(pool: Pool) -> bool:
    return "IPv6" in _public_addresses(pool).get("ipFamilies", [])


def _has_public_addresses(pool: Pool) -> bool:
    return _public_addresses(pool).get("provision") != "nopublicipaddresses"


def _public_addresses(pool: Pool) -> Document:
    configuration: Document = pool.document.get("networkConfiguration", {}).get("publicIPAddressConfiguration", {})
    return configuration


def _endpoints(node: Node) -> list[Document]:
    """The NAT pools' endpoints, then the one for remote login."""
    number = int(node.memo["number"])
    network = node.pool.document.get("networkConfiguration", {})
    rules: list[tuple[str, str, int, int]] = [
        (f"{pool['name']}.{number}", pool["protocol"], pool["frontendPortRangeStart"] + number, pool["backendPort"])
        for pool in network.get("endpointConfiguration", {}).get("inboundNATPools", [])
    ]
    login = ("RDPRule", 3389) if node.pool.is_windows else ("SSHRule", 22)
    rules.append((f"{login[0]}.{number}", "tcp", _FIRST_LOGIN_PORT + number, login[1]))
    addresses = [_PUBLIC_ADDRESS, _PUBLIC_ADDRESS_6] if _has_ipv6(node.pool) else [_PUBLIC_ADDRESS]
    return [
        {
            "name": name,
            "protocol": protocol,
            "publicIPAddress": address,
            "publicFQDN": _PUBLIC_NAME,
            "frontendPort": frontend,
            "backendPort": backend,
        }
        for name, protocol, frontend, backend in rules
        for address in addresses
    ]


def _count(pool: Pool) -> Document:
    result: Document = {"poolId": pool.id}
    for kind, is_dedicated in (("dedicated", True), ("lowPriority", False)):
        counts: dict[str, int] = dict.fromkeys(_COUNTED, 0)
        nodes = [node for node in pool.nodes if node.document["isDedicated"] is is_dedicated]
        for node in nodes:
            counts[_SPELLING[node.state]] += 1
        result[kind] = {**counts, "total": len(nodes)}
    return result
