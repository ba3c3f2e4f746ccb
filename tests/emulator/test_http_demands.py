"""What programs written by others were seen to need: each of these stopped or changed one of them."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

import pytest

from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.resources import IMAGE
from support.waiting import until

SIZE = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


@pytest.fixture
def api(emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    return raw_client(emulator)


def post(api: Any, path: str, body: Any = None) -> Any:
    reply = api.send("POST", path, body)
    assert reply.status < 300, reply.body
    return reply


def make_pool(api: Any, nodes: Any = 0, name: str = "pool", **more: Any) -> str:
    post(api, "/pools", {"id": name, **SIZE, "targetDedicatedNodes": nodes, **more})
    return f"/pools/{name}"


def make_job(api: Any, name: str = "job", **more: Any) -> str:
    post(api, "/jobs", {"id": name, "poolInfo": {"poolId": "pool"}, **more})
    return f"/jobs/{name}"


def test_numbers_may_come_as_text_and_are_answered_as_numbers(api: Any) -> None:
    pool = api.get(make_pool(api, "1", taskSlotsPerNode="2")).json
    assert (pool["targetDedicatedNodes"], pool["taskSlotsPerNode"]) == (1, 2)
    job = make_job(api, priority="5", constraints={"maxTaskRetryCount": "3"})
    shown = api.get(job).json
    assert (shown["priority"], shown["constraints"]["maxTaskRetryCount"]) == (5, 3)
    post(api, f"{job}/tasks", {"id": "t", "commandLine": "c", "requiredSlots": "2"})
    assert api.get(f"{job}/tasks/t").json["requiredSlots"] == 2


@pytest.mark.parametrize("version", ["2020-09-01.12.0", "2022-10-01.16.0", "2024-02-01.19.0", "2024-07-01.20.0"])
def test_a_job_can_be_submitted_with_an_older_version(emulator: BatchEmulator, api: Any, version: str) -> None:
    """Their bodies may hold what later versions dropped."""
    more = {"certificateReferences": [], "targetNodeCommunicationMode": "simplified", "resourceTags": {"a": "b"}}
    pool = {"id": "pool", **SIZE, "targetDedicatedNodes": 1, **more}
    assert api.send("POST", "/pools", pool, version=version).status == 201
    job = {"id": "job", "poolInfo": {"poolId": "pool"}}
    assert api.send("POST", "/jobs", job, version=version).status == 201
    task = {"id": "task", "commandLine": "work"}
    assert api.send("POST", "/jobs/job/tasks", task, version=version).status == 201
    emulator.advance(1)
    assert api.send("GET", "/jobs/job/tasks/task", version=version).json["state"] == "completed"
    assert api.send("GET", "/jobs", version="2019-01-01.1.0").status == 400


@pytest.mark.parametrize("header", ["ocp-date", "Ocp-Date"])
@pytest.mark.parametrize("length", ["0", None])
def test_a_write_without_a_body_may_be_signed_either_way(api: Any, header: str, length: Any) -> None:
    job = make_job(api)
    target = f"{job}/terminate?api-version=2025-06-01&timeOut=30"
    headers = {header: formatdate(usegmt=True)}
    signed = {**headers, **({"Content-Length": length} if length is not None else {})}
    sent = {**headers, "Content-Length": "0", "Authorization": api.authorization("POST", target, signed)}
    assert api.send("POST", target, None, sent, version=None).status == 202


def test_tags_are_handed_out_bare_and_taken_in_quotes(api: Any) -> None:
    pool = make_pool(api)
    tag = api.get(pool).json["eTag"]
    assert '"' not in tag
    assert api.send("PATCH", pool, {"metadata": []}, {"If-Match": f'"{tag}"'}).status == 200


def test_tasks_for_containers_are_accepted(api: Any) -> None:
    job = make_job(api)
    settings = {"imageName": "ubuntu:22.04", "containerRunOptions": "--rm"}
    post(api, f"{job}/tasks", {"id": "t", "commandLine": "c", "containerSettings": settings})
    assert api.get(f"{job}/tasks/t").json["containerSettings"] == settings


def test_what_is_empty_is_absent(emulator: BatchEmulator, api: Any) -> None:
    pool = make_pool(api, metadata=[], applicationPackageReferences=[], userAccounts=[])
    job = make_job(api, metadata=[], commonEnvironmentSettings=[])
    post(api, f"{job}/tasks", {"id": "t", "commandLine": "c", "resourceFiles": [], "environmentSettings": []})
    emulator.advance(1)
    for path in (pool, job, f"{job}/tasks/t"):
        assert [name for name, value in api.get(path).json.items() if value in ([], {}, None)] == []
    assert "resizeErrors" not in api.get(pool).json


@pytest.fixture(scope="module")
def ran(shared_emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    """A client of an account in which a real task has written a file; the job is one of a schedule."""
    api = raw_client(shared_emulator)
    make_pool(api, 1)
    job = {"poolInfo": {"poolId": "pool"}}
    post(api, "/jobschedules", {"id": "a", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": job})
    command = "/bin/sh -c \"mkdir d; printf 0123456789 > 'd/a b.txt'; echo $PATH $GREETING\""
    settings = [{"name": "PATH", "value": "/nowhere:/usr/bin:/bin"}, {"name": "GREETING", "value": "hello"}]
    post(api, "/jobs/a%3Ajob-1/tasks", {"id": "t", "commandLine": command, "environmentSettings": settings})
    until(lambda: api.get("/jobs/a%3Ajob-1/tasks/t").json["state"] == "completed")
    return api


def test_paths_arrive_as_one_segment_and_parts_answer_200(ran: Any) -> None:
    path = "/jobs/a%3Ajob-1/tasks/t/files/wd%2Fd%2Fa%20b.txt"
    reply = ran.send("GET", path, headers={"ocp-range": "bytes=2-4"})
    assert (reply.status, reply.body) == (200, b"234")


def test_a_task_can_have_a_path_of_its_own_and_its_shell_knows_it(ran: Any) -> None:
    assert ran.get("/jobs/a:job-1/tasks/t/files/stdout.txt").body == b"/nowhere:/usr/bin:/bin hello\n"


def test_files_of_a_node_are_listed_deeply_on_demand_with_their_true_lengths(ran: Any) -> None:
    node = ran.get("/pools/pool/nodes").json["value"][0]["id"]
    at = f"/pools/pool/nodes/{node}/files"
    flat = {item["name"] for item in ran.get(at).json["value"]}
    assert {"shared", "startup", "workitems", "applications", "fsmounts", "volatile"} <= flat
    files = [item for item in ran.get(at, recursive="true").json["value"] if not item["isDirectory"]]
    assert "workitems/a/job-1/t/wd/d/a b.txt" in {file["name"] for file in files}
    for file in files:
        content = ran.get(f"{at}/{quote(file['name'], safe='')}").body
        assert int(file["properties"]["contentLength"]) == len(content)


def test_logs_of_a_node_go_to_a_folder(ran: Any, tmp_path: Path) -> None:
    node = ran.get("/pools/pool/nodes").json["value"][0]["id"]
    body = {"containerUrl": tmp_path.as_uri(), "startTime": "2026-01-01T00:00:00Z"}
    reply = post(ran, f"/pools/pool/nodes/{node}/uploadbatchservicelogs", body).json
    assert reply["numberOfFilesUploaded"] > 0
    folder = tmp_path / reply["virtualDirectoryName"]
    assert "pool" in folder.parts
    assert node in folder.parts
    until(lambda: len(list(folder.glob("*"))) == reply["numberOfFilesUploaded"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_links_to_the_next_page_have_the_name_that_was_used(api: Any, host: str) -> None:
    for name in ("one", "two"):
        make_job(api, name)
    address = f"{host}:{api.host.rpartition(':')[2]}"
    reply = api.send("GET", "/jobs?maxresults=1", headers={"Host": address})
    assert reply.json["odata.nextLink"].startswith(f"http://{address}/jobs?")


def test_without_nodes_nothing_runs(emulator: BatchEmulator, api: Any) -> None:
    make_pool(api)
    own = {"poolLifetimeOption": "job", "pool": {**SIZE, "targetDedicatedNodes": 0}}
    for job in (make_job(api), make_job(api, "own", poolInfo={"autoPoolSpecification": own})):
        post(api, f"{job}/tasks", {"id": "t", "commandLine": "c"})
        emulator.advance(86400)
        assert api.get(f"{job}/tasks/t").json["state"] == "active"


def test_a_schedule_may_name_a_pool_that_is_not_there(api: Any) -> None:
    job = {"poolInfo": {"poolId": "nowhere"}}
    post(api, "/jobschedules", {"id": "s", "schedule": {}, "jobSpecification": job})
    assert [item["id"] for item in api.get("/jobschedules/s/jobs").json["value"]] == ["s:job-1"]


def test_images_that_programs_ask_for(api: Any) -> None:
    images = api.get("/supportedimages", _filter="verificationType eq 'verified'").json["value"]
    every = api.get("/supportedimages").json["value"]
    assert 0 < len(images) < len(every)
    known = {(item["imageReference"]["offer"], item["imageReference"]["sku"]) for item in every}
    assert {
        ("ubuntuserver", "18.04-lts"),
        ("0001-com-ubuntu-server-focal", "20_04-lts"),
        ("0001-com-ubuntu-server-jammy", "22_04-lts"),
        ("0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
    } <= known
    assert any(item["osType"] == "windows" for item in images)


def test_collections_have_their_limits(api: Any) -> None:
    job = make_job(api)
    tasks = [{"id": f"t{number}", "commandLine": "c"} for number in range(101)]
    assert api.send("POST", f"{job}/addtaskcollection", {"value": tasks}).status == 400
    large = [{"id": f"t{number}", "commandLine": "c" * 200_000} for number in range(6)]
    reply = api.send("POST", f"{job}/addtaskcollection", {"value": large})
    assert (reply.status, reply.code) == (413, "RequestBodyTooLarge")
    post(api, f"{job}/addtaskcollection", {"value": tasks[:100]})
    (again,) = post(api, f"{job}/addtaskcollection", {"value": tasks[:1]}).json["value"]
    assert (again["status"], again["error"]["code"]) == ("clienterror", "TaskExists")


def test_a_task_keeps_its_tag_while_it_runs(emulator: BatchEmulator, api: Any) -> None:
    emulator.script("t", Outcome(duration=60))
    make_pool(api, 1)
    job = make_job(api)
    post(api, f"{job}/tasks", {"id": "t", "commandLine": "c"})
    seen = []
    for seconds in (0, 1, 60):
        emulator.advance(seconds)
        shown = api.get(f"{job}/tasks/t").json
        seen.append((shown["eTag"], shown["lastModified"]))
    assert shown["state"] == "completed"
    assert len(set(seen)) == 1


def test_properties_of_a_pool_are_replaced_as_a_whole(api: Any) -> None:
    start_task = {"commandLine": "setup", "waitForSuccess": False}
    pool = make_pool(api, startTask=start_task, metadata=[{"name": "a", "value": "b"}])
    assert api.send("PATCH", pool, {"metadata": [{"name": "c", "value": "d"}]}).status == 200
    shown = api.get(pool).json
    assert (shown["startTask"]["commandLine"], shown["metadata"]) == ("setup", [{"name": "c", "value": "d"}])
    post(api, f"{pool}/updateproperties", {"applicationPackageReferences": [], "metadata": []})
    assert not {"startTask", "metadata"} & api.get(pool).json.keys()


def test_a_resize_can_be_stopped_at_once(raw_client: Callable[..., Any]) -> None:
    with BatchEmulator(simulate=True) as emulator:
        api = raw_client(emulator)
        pool = make_pool(api)
        emulator.advance(10)
        post(api, f"{pool}/resize", {"targetDedicatedNodes": 3})
        post(api, f"{pool}/stopresize")
        emulator.advance(10)
        shown = api.get(pool).json
        assert (shown["allocationState"], shown["targetDedicatedNodes"], shown["currentDedicatedNodes"]) == (
            "steady",
            3,
            0,
        )
        assert [error["code"] for error in shown["resizeErrors"]] == ["ResizeStopped"]


def test_what_a_formula_gives(emulator: BatchEmulator, api: Any) -> None:
    post(api, "/pools", {"id": "pool", **SIZE, "enableAutoScale": True, "autoScaleFormula": "x=1;"})
    emulator.advance(1)
    run = post(api, "/pools/pool/evaluateautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=3;"}).json
    assert run["results"] == "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"


SUBNET = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"networkConfiguration": {"subnetId": f"{SUBNET}/virtualNetworks/v/subnets/s"}}, "subnetId"),
        ({"networkConfiguration": {"subnetId": "a subnet"}}, "subnetId"),
        (
            {"virtualMachineConfiguration": {**IMAGE, "imageReference": {"virtualMachineImageId": "an image"}}},
            "virtualMachineImageId",
        ),
    ],
)
def test_a_pool_that_is_refused_is_not_there(api: Any, change: dict[str, Any], name: str) -> None:
    reply = api.send("POST", "/pools", {"id": "pool", **SIZE, "targetDedicatedNodes": 0, **change})
    assert (reply.status, reply.code) == (400, "InvalidPropertyValue")
    assert reply.values["PropertyName"] == name
    assert set(reply.values) == {"PropertyName", "PropertyValue", "Reason"}
    assert api.send("HEAD", "/pools/pool").status == 404


def test_endpoints_of_a_node(emulator: BatchEmulator, api: Any) -> None:
    web = {"name": "web", "protocol": "tcp", "backendPort": 80}
    web.update(frontendPortRangeStart=15000, frontendPortRangeEnd=15100)
    network: dict[str, Any] = {"endpointConfiguration": {"inboundNATPools": [web]}}
    pool = make_pool(api, 1, networkConfiguration=network)
    network["publicIPAddressConfiguration"] = {"provision": "batchmanaged", "ipFamilies": ["IPv4", "IPv6"]}
    both = make_pool(api, 1, "both", networkConfiguration=network)
    emulator.advance(1)
    shown = []
    for path in (pool, both):
        (node,) = api.get(f"{path}/nodes").json["value"]
        shown.append((node, api.get(f"{path}/nodes/{node['id']}/remoteloginsettings").json))
    (node, login), (dual, its_login) = shown
    names = [endpoint["name"].partition(".")[0] for endpoint in node["endpointConfiguration"]["inboundEndpoints"]]
    assert names == ["web", "SSHRule"]
    assert "ipv6Address" not in node
    assert "ipv6RemoteLoginIPAddress" not in login
    assert "ipv6Address" in dual
    assert {"ipv6RemoteLoginIPAddress", "ipv6RemoteLoginPort"} <= its_login.keys()


def test_a_pool_with_an_extension_lists_two_on_each_node(emulator: BatchEmulator, api: Any) -> None:
    mine = {"name": "mine", "publisher": "p", "type": "t"}
    pool = make_pool(api, 2, virtualMachineConfiguration={**IMAGE, "extensions": [mine]})
    emulator.advance(1)
    for node in api.get(f"{pool}/nodes").json["value"]:
        found = [item["vmExtension"] for item in api.get(f"{pool}/nodes/{node['id']}/extensions").json["value"]]
        assert [(one["name"], one["publisher"], one["type"]) for one in found] == [
            ("mine", "p", "t"),
            ("batchNodeExtension", "Microsoft.Azure.Extensions", "CustomScript"),
        ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/pools/none", "The specified pool does not exist."),
        ("/jobs/none", "The specified job does not exist."),
        ("/jobs/job/tasks/none", "The specified task does not exist."),
        ("/jobschedules/none", "The specified job schedule does not exist."),
        ("/pools/pool/nodes/none", "The specified node does not exist."),
    ],
)
def test_messages_begin_with_the_words_of_the_service(api: Any, path: str, message: str) -> None:
    make_pool(api)
    make_job(api)
    assert api.get(path).json["message"]["value"].split("\n")[0] == message


def test_endings_and_deletions_take_a_moment(raw_client: Callable[..., Any]) -> None:
    with BatchEmulator(simulate=True) as emulator:
        api = raw_client(emulator)
        make_pool(api)
        make_job(api)
        job = {"poolInfo": {"poolId": "pool"}}
        post(api, "/jobschedules", {"id": "s", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": job})
        emulator.advance(1)
        post(api, "/jobschedules/s/terminate")
        assert api.get("/jobschedules/s").json["state"] == "terminating"
        emulator.advance(5)
        assert api.get("/jobschedules/s").json["state"] == "completed"
        for path in ("/jobs/job", "/pools/pool", "/jobschedules/s"):
            assert api.send("DELETE", path).status == 202
            assert api.get(path).json["state"] == "deleting"
        emulator.advance(5)
        for path in ("/jobs/job", "/pools/pool", "/jobschedules/s"):
            assert api.get(path).status == 404


def test_an_application_can_be_there_from_the_beginning(raw_client: Callable[..., Any], tmp_path: Path) -> None:
    with BatchEmulator(simulate=True, applications={"tool": {"1.0": tmp_path, "2.0": tmp_path}}) as emulator:
        api = raw_client(emulator)
        assert [(item["id"], sorted(item["versions"])) for item in api.get("/applications").json["value"]] == [
            ("tool", ["1.0", "2.0"])
        ]


def test_nodes_are_idle_within_two_seconds_by_default(raw_client: Callable[..., Any]) -> None:
    """By the clock of a simulation, which is exact."""
    with BatchEmulator(simulate=True) as emulator:
        api = raw_client(emulator)
        pool = make_pool(api, 3)
        emulator.advance(2)
        assert [node["state"] for node in api.get(f"{pool}/nodes").json["value"]] == ["idle"] * 3
