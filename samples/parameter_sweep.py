"""Sweep two parameters with a Monte Carlo simulation, a task for each pair, and draw the results.

How dense must a lattice be for its occupied sites to be connected from top to bottom? Each task tries one size and one
density some hundred times, with the program in ``_percolation.py``, and leaves ``result.json``. The job hands that
program to all of its tasks in an environment variable, so that no storage account is needed. The picture shows what
becomes visible only when all results are together: the larger the lattice, the sharper the step.

Run it with ``python samples/parameter_sweep.py --picture percolation.png``; needs ``azure-batch[samples]``.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, Optional

from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from _account import batch_client, deleted_at_end, linux_pool, local_emulator, new_id
from azure.batch import BatchClient, models

SIZES = (16, 32, 64)
DENSITIES = [percent / 100 for percent in range(48, 71, 2)]
THRESHOLD = 0.592746
"""The density at which an endless square lattice becomes connected."""
READERS = 8


def sweep(client: BatchClient, trials: int) -> list[dict[str, Any]]:
    """Run a task for each size and density, and give what they found."""
    name = new_id("parameter-sweep")
    program = models.EnvironmentSetting(
        name="PROGRAM", value=Path(__file__).with_name("_percolation.py").read_text("utf-8")
    )
    tasks = [
        models.BatchTaskCreateOptions(
            id=f"size-{size}-density-{density:.2f}".replace(".", "_"),
            command_line=f"""/bin/sh -c 'python3 -c "$PROGRAM" {size} {density} {trials}'""",
        )
        for size, density in product(SIZES, DENSITIES)
    ]
    with deleted_at_end(client, name):
        client.create_pool(linux_pool(name, target_dedicated_nodes=2, task_slots_per_node=2))
        client.create_job(
            models.BatchJobCreateOptions(
                id=name,
                pool_info=models.BatchPoolInfo(pool_id=name),
                common_environment_settings=[program],
            )
        )
        client.create_tasks(name, tasks)
        print(f"Job {name} has {len(tasks)} tasks of {trials} trials each", flush=True)
        summary = client.wait_for_tasks(name, progress_hook=show_progress)
        if not summary.all_succeeded:
            raise RuntimeError(str(summary))

        def read(task: models.BatchTaskCreateOptions) -> dict[str, Any]:
            result: dict[str, Any] = json.loads(client.download_task_file(name, task.id, "wd/result.json").readall())
            return result

        with ThreadPoolExecutor(READERS) as threads:
            return list(threads.map(read, tasks))


def show_progress(completed: int, total: Optional[int]) -> None:
    """Tell how many tasks are completed; called after each look."""
    print(f"{completed} of {total}", file=sys.stderr)


def draw(results: list[dict[str, Any]], picture: Path) -> None:
    """Draw how often lattices of each size are connected, and the last large one near the threshold."""
    figure = Figure(figsize=(11, 5), dpi=120, layout="constrained")
    curves, example = figure.subplots(1, 2, width_ratios=(1.35, 1))
    for size, colour in zip(SIZES, ("#7fc8a9", "#2a8fa8", "#24406e")):
        points = [one for one in results if one["size"] == size]
        shares = [one["connected"] / one["trials"] for one in points]
        errors = [(share * (1 - share) / one["trials"]) ** 0.5 for share, one in zip(shares, points)]
        densities = [one["density"] for one in points]
        lower, upper = zip(*[(share - error, share + error) for share, error in zip(shares, errors)])
        curves.fill_between(densities, lower, upper, color=colour, alpha=0.25, linewidth=0)
        curves.plot(densities, shares, "o-", color=colour, markersize=4, label=f"{size} by {size} sites")
    curves.axvline(THRESHOLD, color="#888888", linestyle="--", linewidth=1)
    curves.text(THRESHOLD - 0.003, 0.97, f"threshold {THRESHOLD:.4f}", color="#666666", ha="right", va="top")
    curves.set(xlabel="share of occupied sites", ylabel="share of lattices connected from top to bottom")
    curves.set_title("The larger the lattice, the sharper the step")
    curves.grid(alpha=0.25)
    curves.spines[["top", "right"]].set_visible(False)
    curves.legend(frameon=False, loc="lower right")
    shown = min((one for one in results if one["size"] == max(SIZES)), key=lambda one: abs(one["density"] - THRESHOLD))
    example.imshow(shown["last"], cmap=ListedColormap(["#ffffff", "#cfd8e3", "#2a8fa8"]), interpolation="nearest")
    example.set_title(f"One lattice of density {shown['density']:.2f}, filled from the top")
    example.set(xticks=[], yticks=[])
    save(figure, picture)


def save(figure: Any, picture: Path) -> None:  # matplotlib does not say what savefig takes
    """Write a figure in the format that the name of the picture says."""
    figure.savefig(picture)


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Sweep parameters on Azure Batch and draw the results.")
    parser.add_argument("--trials", type=int, default=200, help="lattices that each task tries (%(default)s)")
    parser.add_argument("--picture", type=Path, default=Path("percolation.png"), help="where to draw (%(default)s)")
    options = parser.parse_args()
    try:  # before tasks run for a picture that cannot be written
        save(Figure(), options.picture)
    except (OSError, ValueError) as error:
        parser.error(f"--picture {options.picture}: {error}")
    with local_emulator() as emulator, batch_client(emulator) as client:
        results = sweep(client, options.trials)
    draw(results, options.picture)
    print(f"Drawn: {options.picture}")


if __name__ == "__main__":
    main()
