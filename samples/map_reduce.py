"""Count the words of text files by map and reduce: tasks with files that go in and out, and that depend on each other.

The texts are put into a container. A map task for each gets its text as a resource file, counts its words, and sends
the counts to the container as output files: one for each reduce task, which is responsible for some of the letters.
Each reduce task depends on all map tasks, gets its share of their files by a prefix, and adds the counts up.

With the local emulator the container is a folder. For a real account, give the URL of a container of Azure Blob Storage
with a shared access signature that allows to read, write and list; what was put there stays there.

Run it with ``python samples/map_reduce.py [--container URL] [TEXT ...]``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import tempfile
from pathlib import Path
from urllib.request import Request, url2pathname, urlopen

from _account import async_batch_client, async_deleted_at_end, linux_pool, local_emulator, new_id, run_async
from azure.batch import models
from azure.batch.aio import BatchClient

PARTS = {"a-m": "^[a-m]", "n-z": "^[n-z]"}
"""What each reduce task is responsible for: words that begin so."""
SHOWN = 5
WORDS = "tr -cs '[:alpha:]' '\\n' < text.txt | tr '[:upper:]' '[:lower:]'"
COUNT = "grep '{pattern}' words | sort | uniq -c > counts-{part}.txt; "
ADD = """awk '{{ n[$2] += $1 }} END {{ for (word in n) print n[word], word }}' {name}/{part}/* | sort -k1,1nr -k2"""


def blob_url(container: str, name: str) -> str:
    """The address of a blob in a container, with the container's signature."""
    address, _, signature = container.partition("?")
    return f"{address}/{name}" + (f"?{signature}" if signature else "")


def put(url: str, data: bytes) -> None:
    """Write a blob, or a file of the folder that stands for a container."""
    address, _, path = url.partition("file://")
    if not address:
        target = Path(url2pathname(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return
    with urlopen(Request(url, data, {"x-ms-blob-type": "BlockBlob"}, method="PUT")):
        pass


def map_task(name: str, number: int, container: str) -> models.BatchTaskCreateOptions:
    """A task that counts the words of one text, in a file for each reduce task."""
    counts = "".join(COUNT.format(pattern=pattern, part=part) for part, pattern in PARTS.items())
    return models.BatchTaskCreateOptions(
        id=f"map-{number}",
        command_line=f"/bin/sh -c {shlex.quote(f'{WORDS} > words; {counts}')}",
        resource_files=[
            models.ResourceFile(http_url=blob_url(container, f"{name}/texts/{number}.txt"), file_path="text.txt")
        ],
        output_files=[
            models.OutputFile(
                file_pattern=f"counts-{part}.txt",
                destination=models.OutputFileDestination(
                    container=models.OutputFileBlobContainerDestination(
                        container_url=container, path=f"{name}/{part}/{number}.txt"
                    )
                ),
                upload_options=models.OutputFileUploadConfiguration(
                    upload_condition=models.OutputFileUploadCondition.TASK_SUCCESS
                ),
            )
            for part in PARTS
        ],
    )


def reduce_task(name: str, part: str, maps: list[str], container: str) -> models.BatchTaskCreateOptions:
    """A task that adds up one part of what all map tasks counted; it runs when they have succeeded."""
    return models.BatchTaskCreateOptions(
        id=f"reduce-{part}",
        command_line=f"/bin/sh -c {shlex.quote(ADD.format(name=name, part=part))}",
        depends_on=models.BatchTaskDependencies(task_ids=maps),
        resource_files=[models.ResourceFile(storage_container_url=container, blob_prefix=f"{name}/{part}/")],
    )


async def count(client: BatchClient, texts: list[Path], container: str) -> None:
    """Count the words of texts, and print the most frequent ones."""
    name = new_id("map-reduce")
    for number, text in enumerate(texts):
        await asyncio.to_thread(put, blob_url(container, f"{name}/texts/{number}.txt"), text.read_bytes())
    maps = [map_task(name, number, container) for number in range(len(texts))]
    reduces = [reduce_task(name, part, [task.id for task in maps], container) for part in PARTS]
    async with async_deleted_at_end(client, name):
        await client.create_pool(linux_pool(name, target_dedicated_nodes=2, task_slots_per_node=2))
        await client.create_job(
            models.BatchJobCreateOptions(
                id=name, pool_info=models.BatchPoolInfo(pool_id=name), uses_task_dependencies=True
            )
        )
        await client.create_tasks(name, [*maps, *reduces])
        print(f"{len(maps)} map tasks, {len(reduces)} reduce tasks", flush=True)
        summary = await client.wait_for_tasks(name)
        if not summary.all_succeeded:
            raise RuntimeError(str(summary))
        for task in reduces:
            output = await client.download_task_file(name, task.id, "stdout.txt")
            counts = (await output.text()).splitlines()
            print(f"{task.id}: {len(counts)} words, most often", *counts[:SHOWN], sep="\n    ")


async def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Count the words of text files on Azure Batch.")
    parser.add_argument("--container", metavar="URL", help="a container with its signature; needed for a real account")
    parser.add_argument("texts", nargs="*", metavar="TEXT", type=Path, help="text files; by default this project's own")
    options = parser.parse_args()
    if not options.container and os.environ.get("AZURE_BATCH_ENDPOINT"):
        parser.error("--container is needed with AZURE_BATCH_ENDPOINT: nodes cannot reach the folders of this machine")
    for text in options.texts:
        if not text.is_file():
            parser.error(f"there is no file {text}")
    texts = options.texts or sorted(Path(__file__).parents[1].glob("*.md"))
    with tempfile.TemporaryDirectory() as folder, local_emulator() as emulator:
        async with async_batch_client(emulator) as client:
            await count(client, texts, options.container or Path(folder).as_uri())


if __name__ == "__main__":
    run_async(main())
