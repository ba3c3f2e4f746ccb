"""Runs many trivial tasks through the emulator and prints what a task costs, block by block.

    python tests/benchmarks/emulator.py [TASKS]

The last column is the cost against that of the first block: it must not grow with the number of tasks.
"""

from __future__ import annotations

import sys
import time

from azure.batch.emulator import BatchEmulator

BLOCKS = 5


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with BatchEmulator() as emulator, emulator.client() as client:
        machine = {
            "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
            "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        }
        client.create_pool(
            {
                "id": "pool",
                "vmSize": "standard_d2s_v3",
                "targetDedicatedNodes": 4,
                "taskSlotsPerNode": 4,
                "virtualMachineConfiguration": machine,
            }
        )
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        client.create_tasks("job", [{"id": f"task-{number}", "commandLine": "true"} for number in range(count)])
        first, done, began = 0.0, 0, time.perf_counter()
        print("| tasks | ms a task | to the first |\n|---|---|---|")
        for block in range(1, BLOCKS + 1):
            goal, start = count * block // BLOCKS, done
            while done < goal:
                time.sleep(0.05)
                done = client.get_job_task_counts("job").completed
            now = time.perf_counter()
            cost = (now - began) / max(done - start, 1) * 1000
            first, began = first or cost, now
            print(f"| {done} | {cost:.2f} | {cost / first:.2f} x |", flush=True)


if __name__ == "__main__":
    main()
