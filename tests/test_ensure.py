"""Pools and jobs that are to be there, or not: created, compared, waited for, replaced, by several at a time."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, Callable, Optional

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)

from azure.batch import BatchClient, PropertyDifference, QuotaReachedError, ResourceDiffersError, models
from azure.batch.emulator import BatchEmulator, Fault
from conftest import Client
from support.resources import pool_options

SHORT = 0.005
QUICK: dict[str, Any] = {"polling_interval": SHORT, "timeout": 20}


class Kind:
    """One of the two kinds of what is ensured, by the same names."""

    def __init__(self, client: Client, what: str) -> None:
        self.what = what
        self.client = client
        self.ensure = getattr(client, f"ensure_{what}")
        self.ensure_none = getattr(client, f"ensure_no_{what}")
        self.recreate = getattr(client, f"recreate_{what}")
        self.create = getattr(client, f"create_{what}")
        self.get = getattr(client, f"get_{what}")
        self.update = getattr(client, f"update_{what}")
        self._delete = getattr(client, f"begin_delete_{what}")

    def options(self, name: str = "one", **more: Any) -> Any:
        if self.what == "pool":
            return pool_options(name, 0, **more)
        return models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id="pool"), **more)

    async def begin_delete(self, name: str = "one") -> None:
        await self._delete(name, polling=False)

    async def exists(self, name: str = "one") -> bool:
        try:
            await self.get(name)
        except ResourceNotFoundError:
            return False
        return True


@pytest.fixture
def account() -> Iterator[BatchEmulator]:
    """An account in which time goes by only when it is told to."""
    with BatchEmulator(simulate=True) as emulator:
        yield emulator


@pytest.fixture
def other(account: BatchEmulator) -> Iterator[BatchClient]:
    """Another program that uses the account."""
    with account.client() as client:
        yield client


@pytest.fixture(params=["sync", "async"])
async def client(request: pytest.FixtureRequest, account: BatchEmulator) -> AsyncIterator[Client]:
    if request.param == "sync":
        with account.client(retry_backoff_factor=0) as sync_client:
            yield Client(sync_client)
    else:
        async with account.async_client(retry_backoff_factor=0) as async_client:
            yield Client(async_client)


@pytest.fixture(params=["pool", "job"])
def kind(request: pytest.FixtureRequest, client: Client) -> Kind:
    return Kind(client, request.param)


class At:
    """A hook that does something at some requests of a call, before they are sent."""

    def __init__(self, method: str, action: Callable[[], Any], *, after: Optional[str] = None, nth: int = 1) -> None:
        self._method = method
        self._action = action
        self._after = after
        self._nth = nth
        self.methods: list[str] = []

    def __call__(self, request: Any) -> None:
        method = request.http_request.method
        if method == self._method and (self._after is None or self._after in self.methods):
            self._nth -= 1
            if self._nth == 0:
                self._action()
        self.methods.append(method)


def nothing() -> None: ...


async def test_the_version_of_the_call_is_obeyed_wherever_it_stands(client: Client) -> None:
    pool = {
        **pool_options("one", 0).as_dict(),
        "vmSize": "Mix",
        "vmSkuProfile": {"vmSizes": [{"name": "a"}]},
    }
    with pytest.raises(ValueError, match="vm_sku_profile"):
        await client.ensure_pool(pool)
    for options in ({"params": {"api-version": "2026-10-01"}}, {"api_version": "2026-10-01"}):
        assert (await client.ensure_pool(pool, **options)).vm_sku_profile.vm_sizes[0].name == "a"
    with pytest.raises(ValueError, match="vm_sku_profile"):
        await client.ensure_pool(pool, params={"api-version": "2025-06-01"})


# Being there ----------------------------------------------------------------------------------------------------------


async def test_it_is_created_once(kind: Kind) -> None:
    sent = At("", nothing)
    made = await kind.ensure(kind.options(), raw_request_hook=sent)
    assert made.id == "one"
    assert sent.methods == ["GET", "POST", "GET"]
    again = await kind.ensure(kind.options(), raw_request_hook=sent)
    assert again.creation_time == made.creation_time
    assert sent.methods[3:] == ["GET"]


async def test_it_may_be_asked_for_by_its_json_and_in_another_case(kind: Kind) -> None:
    made = await kind.ensure(kind.options("One"))
    again = await kind.ensure({**kind.options("ONE").as_dict(), "metadata": []})
    assert again.id == "One"
    assert again.creation_time == made.creation_time


async def test_what_differs_is_said(kind: Kind) -> None:
    item = models.BatchMetadataItem
    await kind.ensure(kind.options(display_name="one", metadata=[item(name="a", value="1"), item(name="b", value="2")]))
    wanted = kind.options(display_name="two", metadata=[item(name="b", value="3"), item(name="c", value="4")])
    with pytest.raises(ResourceDiffersError) as caught:
        await kind.ensure(wanted)
    error = caught.value
    assert isinstance(error, ResourceExistsError)
    assert error.resource.display_name == "one"
    assert error.differences == [
        ("display_name", "two", "one"),
        ("metadata['b'].value", "3", "2"),
        ("metadata['c']", {"name": "c", "value": "4"}, None),
        ("metadata['a']", None, {"name": "a", "value": "1"}),
    ]
    assert str(error).split("\n")[:3] == [
        f"{kind.what} 'one' exists, but not as it is wanted:",
        "  display_name: wanted 'two', found 'one'",
        "  metadata['b'].value: wanted '3', found '2'",
    ]
    assert f"recreate_{kind.what}" in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert copy.differences == error.differences
    assert copy.differences[0].property == "display_name"


async def test_differences_can_be_accepted(kind: Kind) -> None:
    item = models.BatchMetadataItem
    made = await kind.ensure(kind.options(display_name="one", metadata=[item(name="a", value="1")]))
    wanted = kind.options(display_name="two", metadata=[item(name="a", value="2")])
    for accepted in (
        True,
        ["display_name", "metadata"],
        {"display_name": 1, "metadata['a'].value": 1},
        iter(["metadata", "display_name"]),
    ):
        found = await kind.ensure(wanted, may_differ=accepted)
        assert found.creation_time == made.creation_time
        assert found.display_name == "one"
    for accepted in (False, [], ["metadata"]):
        with pytest.raises(ResourceDiffersError) as caught:
            await kind.ensure(wanted, may_differ=accepted)
        assert "display_name" in [one.property for one in caught.value.differences]
        assert ("metadata['a'].value" in [one.property for one in caught.value.differences]) is (
            accepted != ["metadata"]
        )


async def test_the_number_of_nodes_is_compared_and_may_be_accepted(client: Client, account: BatchEmulator) -> None:
    await client.ensure_pool(pool_options("one", 1))
    account.advance(60)
    await client.begin_resize_pool("one", {"targetDedicatedNodes": 3}, polling=False)
    with pytest.raises(ResourceDiffersError) as caught:
        await client.ensure_pool(pool_options("one", 1))
    assert caught.value.differences == [PropertyDifference("target_dedicated_nodes", 1, 3)]
    found = await client.ensure_pool(pool_options("one", 1), may_differ=["target_dedicated_nodes"])
    assert found.target_dedicated_nodes == 3


async def test_it_is_created_when_the_old_one_is_gone(kind: Kind, account: BatchEmulator) -> None:
    old = await kind.ensure(kind.options(display_name="old"))
    await kind.begin_delete()
    gone = At("GET", lambda: account.advance(60), nth=3)
    new = await kind.ensure(kind.options(display_name="new"), raw_request_hook=gone, **QUICK)
    assert new.display_name == "new"
    assert new.creation_time > old.creation_time
    assert "DELETE" not in gone.methods


@pytest.mark.parametrize("timeout", [0.02, timedelta(milliseconds=20), 0])
async def test_a_wait_has_a_limit(kind: Kind, timeout: Any) -> None:
    await kind.create(kind.options())
    await kind.begin_delete()
    for call, argument in ((kind.ensure, kind.options()), (kind.ensure_none, "one"), (kind.recreate, kind.options())):
        with pytest.raises(TimeoutError, match=rf"^{kind.what} 'one' was not .* within .* last seen: deleting$"):
            await call(argument, timeout=timeout, polling_interval=SHORT)


async def test_a_job_that_has_ended_differs_unless_it_may_be_replaced(client: Client, account: BatchEmulator) -> None:
    job = {"id": "one", "poolInfo": {"poolId": "pool"}}
    old = await client.ensure_job(job)
    await client.begin_terminate_job("one", polling=False)
    for state in ("terminating", "completed"):
        with pytest.raises(ResourceDiffersError) as caught:
            await client.ensure_job(job)
        assert caught.value.differences == [("state", "active", state)]
        assert (await client.ensure_job(job, may_differ=["state"])).state == state
        account.advance(60)
    gone = At("GET", lambda: account.advance(60), after="DELETE", nth=2)
    new = await client.ensure_job(job, replace_completed=True, raw_request_hook=gone, **QUICK)
    assert new.state == "active"
    assert new.creation_time > old.creation_time
    assert gone.methods == ["GET", "DELETE", "GET", "GET", "GET", "POST", "GET"]


async def test_a_job_schedule_of_the_id_is_no_job(client: Client) -> None:
    job = {"id": "one", "poolInfo": {"poolId": "pool"}}
    specification = {"poolInfo": {"poolId": "pool"}}
    await client.create_job_schedule({"id": "one", "schedule": {}, "jobSpecification": specification})
    for call in (client.ensure_job, client.recreate_job):
        with pytest.raises(ResourceExistsError) as caught:
            await call(job)
        assert caught.value.error.code == "JobScheduleWithSameIdExists"


async def test_what_has_everything_does_not_differ_from_itself(client: Client, full_options: dict[str, Any]) -> None:
    for what, options in full_options.items():
        ensure = getattr(client, f"ensure_{what}")
        await ensure(options)
        await ensure(options)


@pytest.fixture
def full_options() -> dict[str, Any]:
    """A pool and a job with much of what they can have, spelled otherwise than the service spells it."""
    files = [{"httpUrl": "https://a.blob.core.windows.net/c/f?sv=1&sig=abc%3D", "filePath": "f", "fileMode": "0770"}]
    identity = {"autoUser": {"scope": "Pool", "elevationLevel": "Admin"}}
    pool = pool_options(
        "Full",
        0,
        display_name="",
        resize_timeout=timedelta(minutes=20),
        enable_inter_node_communication=False,
        task_slots_per_node=4,
        task_scheduling_policy=models.BatchTaskSchedulingPolicy(node_fill_type="Pack"),
        start_task=models.BatchStartTask(
            {"commandLine": "true", "resourceFiles": files, "userIdentity": identity, "environmentSettings": []}
        ),
        user_accounts=[models.UserAccount(name="a", password="secret", elevation_level="Admin")],
        metadata=[models.BatchMetadataItem(name="A", value="b")],
    )
    pool.vm_size = "STANDARD_D2S_V3"
    task = {"commandLine": "/bin/sh -c 'A=B'", "constraints": {"retentionTime": "PT24H", "maxTaskRetryCount": "1"}}
    job = {
        "id": "Full",
        "priority": "7",
        "maxParallelTasks": 3,
        "usesTaskDependencies": True,
        "onAllTasksComplete": "NoAction",
        "onTaskFailure": models.BatchTaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION,
        "constraints": {"maxWallClockTime": "P1D", "maxTaskRetryCount": 0},
        "poolInfo": {"poolId": "FULL"},
        "jobPreparationTask": task,
        "jobReleaseTask": {"commandLine": "true", "maxWallClockTime": "PT300S"},
        "commonEnvironmentSettings": [{"name": "B", "value": "1"}, {"name": "A", "value": ""}],
        "metadata": None,
    }
    return {"pool": pool, "job": job}


# Not being there ------------------------------------------------------------------------------------------------------


async def test_what_is_not_there_is_gone_already(kind: Kind) -> None:
    sent = At("", nothing)
    assert await kind.ensure_none("one", raw_request_hook=sent) is None
    assert sent.methods == ["GET"]


async def test_it_is_deleted_and_waited_for(kind: Kind, account: BatchEmulator) -> None:
    await kind.create(kind.options())
    gone = At("GET", lambda: account.advance(60), after="DELETE", nth=3)
    await kind.ensure_none("one", raw_request_hook=gone, **QUICK)
    assert gone.methods == ["GET", "DELETE", "GET", "GET", "GET"]
    assert not await kind.exists()


async def test_a_deletion_by_others_is_waited_for(kind: Kind, account: BatchEmulator, other: BatchClient) -> None:
    await kind.create(kind.options())
    delete = getattr(other, f"begin_delete_{kind.what}")
    begun = At("DELETE", lambda: delete("one", polling=False))
    with pytest.raises(TimeoutError):
        await kind.ensure_none("one", raw_request_hook=begun, timeout=0.02, polling_interval=SHORT)
    gone = At("GET", lambda: account.advance(60), nth=2)
    await kind.ensure_none("one", raw_request_hook=gone, **QUICK)
    assert gone.methods == ["GET", "GET"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_others_create_meanwhile_stays(
    kind: Kind, account: BatchEmulator, other: BatchClient, method: str
) -> None:
    await kind.create(kind.options(display_name="old"))

    def again() -> None:
        if method == "DELETE":
            getattr(other, f"begin_delete_{kind.what}")("one", polling=False)
        account.advance(60)
        getattr(other, f"create_{kind.what}")(kind.options(display_name="new"))

    at = At(method, again, after="DELETE" if method == "GET" else None)
    await kind.ensure_none("one", raw_request_hook=at, **QUICK)
    assert (await kind.get("one")).display_name == "new"


async def test_what_is_changed_meanwhile_is_deleted(kind: Kind, account: BatchEmulator, other: BatchClient) -> None:
    await kind.create(kind.options())
    change = getattr(other, f"update_{kind.what}")
    hooks = [
        At("DELETE", lambda: change("one", {"metadata": [{"name": "a", "value": "b"}]})),
        At("GET", lambda: account.advance(60), after="DELETE", nth=3),
    ]

    def hook(request: Any) -> None:
        for one in hooks:
            one(request)

    await kind.ensure_none("one", raw_request_hook=hook, **QUICK)
    assert hooks[0].methods == ["GET", "DELETE", "GET", "DELETE", "GET", "GET"]
    assert not await kind.exists()


# Being made anew ------------------------------------------------------------------------------------------------------


async def test_it_is_replaced(kind: Kind, account: BatchEmulator) -> None:
    first = await kind.recreate(kind.options(display_name="old"))
    gone = At("GET", lambda: account.advance(60), after="DELETE", nth=2)
    second = await kind.recreate(kind.options(display_name="new"), raw_request_hook=gone, **QUICK)
    assert (first.display_name, second.display_name) == ("old", "new")
    assert second.creation_time > first.creation_time
    assert gone.methods == ["GET", "DELETE", "GET", "GET", "POST", "GET"]


async def test_the_new_one_is_nobody_elses(kind: Kind, other: BatchClient) -> None:
    create = getattr(other, f"create_{kind.what}")
    first = At("POST", lambda: create(kind.options()))
    with pytest.raises(ResourceExistsError) as caught:
        await kind.recreate(kind.options(), raw_request_hook=first, **QUICK)
    assert not isinstance(caught.value, ResourceDiffersError)


async def test_nothing_is_deleted_for_what_cannot_be_created(kind: Kind) -> None:
    await kind.create(kind.options())
    read = await kind.get("one")
    with pytest.raises(TypeError, match=f"expected a Batch{kind.what.title()}CreateOptions or a mapping, got Batch"):
        await kind.recreate(read)
    for ask in (kind.recreate, kind.ensure):
        with pytest.raises(ValueError, match=rf"^{kind.what}: leave out .*creationTime.*, which can only be read"):
            await ask(read.as_dict())
    assert (await kind.get("one")).creation_time == read.creation_time


async def test_what_can_be_done_about_a_difference_is_said(client: Client) -> None:
    await client.create_pool(pool_options("pool", 1))
    with pytest.raises(ResourceDiffersError, match=r"may_differ, resize it with begin_resize_pool, or replace it"):
        await client.ensure_pool(pool_options("pool", 2))
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    with pytest.raises(ResourceDiffersError, match=r"may_differ, or replace it with recreate_job\.$"):
        await client.ensure_job({"id": "job", "poolInfo": {"poolId": "pool"}, "usesTaskDependencies": True})
    await client.begin_terminate_job("job", polling=False)
    with pytest.raises(ResourceDiffersError, match=r"may_differ, replace it when it has ended with replace_completed"):
        await client.ensure_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    with pytest.raises(ResourceDiffersError, match=r"may_differ, change it with update_pool, or replace it"):
        await client.ensure_pool(pool_options("pool", 1, display_name="other"))
    scaled = pool_options("pool", 1, enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes = 2;")
    scaled.target_dedicated_nodes = None
    with pytest.raises(ResourceDiffersError, match=r"may_differ, set its formula with enable_pool_auto_scale, or"):
        await client.ensure_pool(scaled)


# Others at the same time ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("display_name", ["mine", "theirs"])
async def test_the_creation_by_others_comes_first(kind: Kind, other: BatchClient, display_name: str) -> None:
    create = getattr(other, f"create_{kind.what}")
    race = At("POST", lambda: create(kind.options(display_name="theirs")))
    wanted = kind.options(display_name=display_name)
    if display_name == "theirs":
        assert (await kind.ensure(wanted, raw_request_hook=race, **QUICK)).display_name == "theirs"
    else:
        with pytest.raises(ResourceDiffersError):
            await kind.ensure(wanted, raw_request_hook=race, **QUICK)
    assert race.methods == ["GET", "POST", "GET"]


async def test_it_may_begin_to_be_deleted_when_it_is_to_be_created(
    kind: Kind, account: BatchEmulator, other: BatchClient
) -> None:
    def race() -> None:
        getattr(other, f"create_{kind.what}")(kind.options(display_name="theirs"))
        getattr(other, f"begin_delete_{kind.what}")("one", polling=False)

    hooks = [At("POST", race), At("GET", lambda: account.advance(60), after="POST", nth=2)]

    def hook(request: Any) -> None:
        for one in hooks:
            one(request)

    made = await kind.ensure(kind.options(display_name="mine"), raw_request_hook=hook, **QUICK)
    assert made.display_name == "mine"


async def test_many_at_the_same_time_get_the_same(kind: Kind) -> None:
    if kind.client.is_async:
        found = await asyncio.gather(*[kind.ensure(kind.options(), **QUICK) for _ in range(8)])
    else:
        ensure = getattr(kind.client.raw, f"ensure_{kind.what}")
        found = await asyncio.gather(*[asyncio.to_thread(ensure, kind.options(), **QUICK) for _ in range(8)])
    assert len({one.creation_time for one in found}) == 1


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"status": 429}, {"drop": "before"}, {"drop": "body"}], ids=str
)
@pytest.mark.parametrize("operation", ["get", "create", "delete"])
async def test_passing_failures_are_overlooked(
    kind: Kind, account: BatchEmulator, operation: str, fault: dict[str, Any]
) -> None:
    if operation == "delete":
        await kind.create(kind.options(display_name="old"))
    number = account.faults.add(Fault(operation=f"{operation}_{kind.what}", times=1, **fault))
    gone = At("GET", lambda: account.advance(60), after="DELETE", nth=3)
    call = kind.recreate if operation == "delete" else kind.ensure
    made = await call(kind.options(display_name="new"), raw_request_hook=gone, retry_total=0, **QUICK)
    assert made.display_name == "new"
    assert account.faults.count(number) == 1


@pytest.mark.parametrize("fault", [{"status": 500, "after_effect": True}, {"drop": "after"}], ids=str)
@pytest.mark.parametrize("call", ["ensure", "recreate"])
async def test_a_creation_whose_answer_was_lost_is_recognized(
    kind: Kind, account: BatchEmulator, call: str, fault: dict[str, Any]
) -> None:
    account.faults.add(Fault(operation=f"create_{kind.what}", times=1, **fault))
    made = await getattr(kind, call)(kind.options(), retry_total=0, **QUICK)
    assert made.id == "one"


async def test_failures_that_do_not_pass_are_raised(kind: Kind, account: BatchEmulator) -> None:
    number = account.faults.add(Fault(operation=f"get_{kind.what}", status=503))
    for call, argument in ((kind.ensure, kind.options()), (kind.ensure_none, "one"), (kind.recreate, kind.options())):
        with pytest.raises(HttpResponseError) as caught:
            await call(argument, retry_total=0, **QUICK)
        assert caught.value.status_code == 503
    assert account.faults.count(number) == 18


@pytest.mark.parametrize(("code", "kept"), [("PoolQuotaReached", True), ("AccountNotFound", False)])
async def test_refusals_are_raised_at_once(kind: Kind, account: BatchEmulator, code: str, kept: bool) -> None:
    status = 409 if kept else 404
    where = "create" if kept else "get"
    account.faults.add(Fault(operation=f"{where}_{kind.what}", code=code, status=status))
    with pytest.raises(QuotaReachedError if kept else ResourceNotFoundError) as caught:
        await kind.ensure(kind.options())
    assert caught.value.error is not None
    assert caught.value.error.code == code


async def test_what_is_created_may_not_be_seen_at_once(kind: Kind, account: BatchEmulator) -> None:
    code = f"{kind.what.title()}NotFound"
    account.faults.add(Fault(operation=f"get_{kind.what}", status=404, code=code, nth=[2, 3]))
    assert (await kind.ensure(kind.options(), **QUICK)).id == "one"
    await kind.begin_delete()
    account.advance(60)
    account.faults.add(Fault(operation=f"get_{kind.what}", status=404, code=code))
    with pytest.raises(ResourceNotFoundError, match="was created, and is not there any more"):
        await kind.ensure(kind.options(), **QUICK)


async def test_a_wait_can_be_broken_off(kind: Kind) -> None:
    await kind.create(kind.options())

    def stop() -> None:
        if not kind.client.is_async:
            raise KeyboardInterrupt
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    at = At("GET", stop, after="DELETE", nth=3)
    call = kind.ensure_none("one", raw_request_hook=at, **QUICK)
    with pytest.raises(asyncio.CancelledError if kind.client.is_async else KeyboardInterrupt):
        await (asyncio.ensure_future(call) if kind.client.is_async else call)
    assert at.methods.count("GET") <= 4
    assert (await kind.get("one")).state == "deleting"


# Arguments ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": -1}, "timeout: expected no negative time"),
        ({"polling_interval": 0}, "polling_interval: expected a time"),
        ({"no_such_option": 1}, "unexpected keyword argument 'no_such_option'"),
        ({"cls": print}, "cls: this call makes several requests"),
    ],
)
async def test_wrong_options_are_refused_before_anything_is_sent(
    kind: Kind, options: dict[str, Any], message: str
) -> None:
    sent = At("", nothing)
    for call, argument in ((kind.ensure, kind.options()), (kind.ensure_none, "one"), (kind.recreate, kind.options())):
        with pytest.raises((TypeError, ValueError), match=message):
            await call(argument, raw_request_hook=sent, **options)
    assert not sent.methods


async def test_wrong_arguments_are_refused_before_anything_is_sent(kind: Kind) -> None:
    sent = At("", nothing)
    for call in (kind.ensure, kind.recreate):
        for wrong, message in (
            (None, f"{kind.what}: expected a Batch"),
            ("one", f"{kind.what}: expected a Batch"),
            ({}, f"{kind.what}: id, .* must be set"),
            ({**kind.options(), "id": ""}, rf"{kind.what}.id: must not be empty"),
            ({**kind.options(), "metadata": 5}, "metadata: expected a list"),
        ):
            with pytest.raises((TypeError, ValueError), match=message):
                await call(wrong, raw_request_hook=sent)
    for wrong_id in ("", None, 5.5):
        with pytest.raises((TypeError, ValueError), match=f"{kind.what}_id"):
            await kind.ensure_none(wrong_id, raw_request_hook=sent)
    for may_differ in ("display_name", 5, ["no_such"], [5], ["displayName"], ["metadata['a'].no"], ["id.x"]):
        with pytest.raises((TypeError, ValueError), match="may_differ"):
            await kind.ensure(kind.options(), may_differ=may_differ, raw_request_hook=sent)
    assert not sent.methods


async def test_a_property_may_differ_below_another_if_there_is_one_of_that_name(client: Client) -> None:
    await client.ensure_pool(pool_options("one", 0))
    pool = pool_options("one", 0)
    assert pool.virtual_machine_configuration is not None
    pool.virtual_machine_configuration.image_reference.sku = "20_04-lts"
    for name in ("image_reference", "image_reference.sku"):
        await client.ensure_pool(pool, may_differ=[f"virtual_machine_configuration.{name}"])
    for name in ("image_referense", "image_reference.skew", "image_reference.sku.x"):
        with pytest.raises(ValueError, match=f"may_differ: BatchPoolCreateOptions has no property '.*{name}'"):
            await client.ensure_pool(pool, may_differ=[f"virtual_machine_configuration.{name}"])


async def test_what_the_version_does_not_have_is_refused_before_anything_is_sent(client: Client) -> None:
    sent = At("", nothing)
    pool = pool_options("one")
    pool["vmSkuProfile"] = {"vmSizes": [{"name": "standard_d2s_v3"}]}
    for call in (client.ensure_pool, client.recreate_pool):
        with pytest.raises(ValueError, match="needs API version 2026-10-01"):
            await call(pool, raw_request_hook=sent)
    assert not sent.methods


async def test_an_endpoint_where_nothing_listens_is_an_error(kind: Kind, account: BatchEmulator) -> None:
    account.stop()
    with pytest.raises(ServiceRequestError):
        await kind.ensure_none("one", retry_total=0, **QUICK)
