"""A web service that runs shell commands: it submits them, reports how far they are, and hands out their output.

It keeps nothing itself: Batch knows its jobs, which, like its pool, are there as long as the service is.

* ``POST /jobs`` with ``{"commands": ["echo one", "echo two"]}``: 201 and the job, which ends by itself
* ``GET /jobs/{id}``: its state, and how many of its tasks wait, run, succeeded and failed
* ``GET /jobs/{id}/tasks/{number}/output``: what a command printed, as it comes from the node
* ``DELETE /jobs/{id}``

Run it with ``python samples/web_service.py``, or with ``--check`` to let it ask itself a few things and end. It listens
on 127.0.0.1 only, for whoever can reach it runs commands.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
from collections.abc import AsyncGenerator, Awaitable
from typing import Any, Callable

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import HttpResponseError

from _account import async_batch_client, async_deleted_at_end, linux_pool, local_emulator, new_id, run_async
from azure.batch import models
from azure.batch.aio import BatchClient

CLIENT = web.AppKey("client", BatchClient)
POOL = web.AppKey("pool", str)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def submit(request: web.Request) -> web.Response:
    """Make a job of some commands."""
    client, name = request.app[CLIENT], new_id(request.app[POOL])
    try:
        tasks = [
            models.BatchTaskCreateOptions(id=str(number), command_line=f"/bin/sh -c {shlex.quote(command)}")
            for number, command in enumerate((await request.json())["commands"], 1)
        ]
    except (ValueError, KeyError, TypeError):
        raise web.HTTPBadRequest(text='Expected {"commands": ["...", ...]}') from None
    pool = models.BatchPoolInfo(pool_id=request.app[POOL])
    await client.create_job(models.BatchJobCreateOptions(id=name, pool_info=pool))
    await client.create_tasks(name, tasks)
    # Only now: a job without tasks would end at once.
    ending = models.BatchJobUpdateOptions(all_tasks_complete_mode=models.BatchAllTasksCompleteMode.TERMINATE_JOB)
    await client.update_job(name, ending)
    return web.json_response({"id": name}, status=201, headers={"Location": f"/jobs/{name}"})


async def report(request: web.Request) -> web.Response:
    """Tell how far a job is."""
    client, name = request.app[CLIENT], request.match_info["id"]
    job = await client.get_job(name, select=["id", "state"])
    counts = (await client.get_job_task_counts(name)).task_counts
    return web.json_response({"id": name, "state": job["state"], "tasks": counts.as_dict()})


async def output(request: web.Request) -> web.StreamResponse:
    """Hand on what a command printed, piece by piece."""
    info = request.match_info
    pieces = await request.app[CLIENT].download_task_file(info["id"], info["number"], "stdout.txt")
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    await response.prepare(request)
    async for piece in pieces:
        await response.write(piece)
    return response


async def delete(request: web.Request) -> web.Response:
    """Begin to delete a job; nobody waits until it is gone."""
    await request.app[CLIENT].begin_delete_job(request.match_info["id"], polling=False)
    return web.Response(status=202)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of some other site made a browser send; answer 404 and 409 as Batch does, and 502 else."""
    if request.url.host not in ("127.0.0.1", "localhost"):
        raise web.HTTPForbidden
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        return await handler(request)
    except HttpResponseError as error:
        status = next((same for same in (404, 409) if same == error.status_code), 502)
        return web.json_response({"error": error.error.code if error.error else None}, status=status)


async def account(app: web.Application) -> AsyncGenerator[None, None]:
    """The client and the pool, from the start of the service to its end."""
    name = new_id("web-service")
    with local_emulator() as emulator:
        async with async_batch_client(emulator) as client, async_deleted_at_end(client, name):
            await client.create_pool(linux_pool(name, target_dedicated_nodes=1, task_slots_per_node=4))
            app[CLIENT], app[POOL] = client, name
            yield
            async for job in client.list_jobs(filter=f"startswith(id,'{name}-') and state ne 'deleting'"):
                await client.begin_delete_job(job.id, polling=False)


def service() -> web.Application:
    """The service."""
    app = web.Application(middlewares=[guard])
    app.cleanup_ctx.append(account)
    app.add_routes([web.post("/jobs", submit), web.get("/jobs/{id}", report), web.delete("/jobs/{id}", delete)])
    app.add_routes([web.get("/jobs/{id}/tasks/{number}/output", output)])
    return app


async def check() -> None:
    """Serve on a free port; submit, wait for the end, and read. Each answer is checked."""
    server = TestServer(service())
    async with server, ClientSession(server.make_url("/")) as session:

        async def answer(expected: int, method: str, path: str, **options: Any) -> str:
            async with session.request(method, path, **options) as response:
                text = await response.text()
                print(f"{method} {path}: {response.status} {text.strip()}", flush=True)
                if response.status != expected:
                    raise RuntimeError(f"Expected {expected}")
                return text

        await answer(400, "POST", "/jobs", json={"commands": 5})
        await answer(415, "POST", "/jobs", data="commands")
        body = {"commands": ["echo one", "echo two; exit 3"]}
        path = "/jobs/" + json.loads(await answer(201, "POST", "/jobs", json=body))["id"]
        state = ""
        while state != "completed":
            await asyncio.sleep(0.2)
            state = json.loads(await answer(200, "GET", path))["state"]
        await answer(200, "GET", f"{path}/tasks/1/output")
        await answer(404, "GET", f"{path}/tasks/3/output")
        await answer(202, "DELETE", path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A web service that runs shell commands on Azure Batch.")
    parser.add_argument("--port", type=int, default=8080, help="where to listen (%(default)s)")
    parser.add_argument("--check", action="store_true", help="ask the service a few things, and end")
    options = parser.parse_args()
    if options.check:
        run_async(check())
    else:
        web.run_app(service(), host="127.0.0.1", port=options.port)
