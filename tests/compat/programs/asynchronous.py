"""The asynchronous client."""

import asyncio
import os

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError

from azure.batch import models
from azure.batch.aio import BatchClient

prefix = os.environ["PROGRAM_PREFIX"]
pool_id, job_id = prefix + "-async", prefix + "-async-job"


async def main():
    credential = AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"])
    async with BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential) as client:
        image = None
        async for one in client.list_supported_images(filter="osType eq 'linux'"):
            image = image or one
        await client.create_pool(
            models.BatchPoolCreateOptions(
                id=pool_id,
                vm_size="standard_d2s_v3",
                target_dedicated_nodes=1,
                virtual_machine_configuration=models.VirtualMachineConfiguration(
                    image_reference=image.image_reference, node_agent_sku_id=image.node_agent_sku_id
                ),
            )
        )
        print(await client.pool_exists(pool_id))
        await client.create_job(
            models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id=pool_id))
        )
        tasks = [
            models.BatchTaskCreateOptions(id="a" + str(number), command_line="/bin/sh -c 'echo out; echo err >&2'")
            for number in range(3)
        ]
        result = await client.create_tasks(job_id, tasks)
        print(sorted((one.task_id, one.status.lower()) for one in result.result_values))
        for _ in range(600):
            states = [task.state async for task in client.list_tasks(job_id, select=["id", "state"])]
            if states == ["completed"] * 3:
                break
            await asyncio.sleep(0.1)
        print(states)
        content = b""
        async for piece in await client.download_task_file(job_id, "a1", "stderr.txt"):
            content += piece
        print(content)
        properties = await client.get_task_file_properties(job_id, "a1", "stdout.txt")
        print(properties.content_length, properties.is_directory)
        nodes = [one async for one in client.list_nodes(pool_id)]
        node = nodes[0]
        print(node.state in ("idle", "running"), "affinityId" in node)
        names = [one.name async for one in client.list_node_files(pool_id, node.id)]
        print("workitems" in names, "startup" in names or "shared" in names)
        try:
            await client.get_task(job_id, "none")
        except ResourceNotFoundError as e:
            print(e.error.code, e.model.code, str(e).splitlines()[0])
        poller = await client.begin_resize_pool(pool_id, {"targetDedicatedNodes": 0}, polling_interval=1)
        print(await poller.result(), poller.done(), poller.status())
        pages = 0
        async for page in client.list_tasks(job_id, max_results=1).by_page():
            pages += len([one async for one in page])
        print(pages)
        print(await (await client.begin_delete_job(job_id, polling_interval=1)).result())
        print(await (await client.begin_delete_pool(pool_id, polling_interval=1)).result())


asyncio.run(main())
