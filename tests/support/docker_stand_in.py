"""A stand-in for the Docker client: it notes what it is told, and runs "containers" as processes of this machine.

Copied to a folder under the name ``docker``, it keeps its notes there: ``calls`` (one in JSON a line), ``present`` (the
images that were pulled), and a file for every container. An empty file ``down`` stands for a missing daemon.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, NoReturn

HOME = Path(__file__).resolve().parent
WITH_VALUE = {"--name", "--user", "--mount", "--workdir", "--env", "--env-file", "--entrypoint", "--shm-size"}


def main(words: list[str]) -> None:
    config = None
    if words[0] == "--config":
        config, words = json.loads(Path(words[1], "config.json").read_text()), words[2:]
    with (HOME / "calls").open("a") as file:
        file.write(json.dumps({"words": words, "config": config}) + "\n")
    if (HOME / "down").exists():
        fail("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?")
    step = {"version": version, "image": image, "pull": pull, "create": create, "start": start, "inspect": inspect}
    step.get(words[0], remove)(words[1:], config)


def fail(message: str, code: int = 1) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(code)


def version(words: list[str], config: Any) -> None:
    print("28.0.0")


def image(words: list[str], config: Any) -> None:
    if words[1] not in (HOME / "present").read_text().split():
        fail(f"Error response from daemon: No such image: {words[1]}")


def pull(words: list[str], config: Any) -> None:
    name = words[0]
    if name.startswith("private/") and "registry.example" not in (config or {}).get("auths", {}):
        fail("Error response from daemon: Head https://registry.example: unauthorized: authentication required")
    if name.startswith("none/"):
        fail(f"Error response from daemon: manifest for {name} not found: manifest unknown")
    if name.startswith("slow/"):
        signal.pause()
    with (HOME / "present").open("a") as file:
        file.write(f"{name}\n")


def create(words: list[str], config: Any) -> None:
    options: dict[str, list[str]] = {}
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).partition("=")
        if name in WITH_VALUE:
            options.setdefault(name, []).append(value if equals else words.pop(0))
        elif name not in ("--init", "--privileged"):
            fail(f"unknown flag: {name}", 125)
    environment = dict(item.split("=", 1) for item in options.get("--env", []))
    for file in options.get("--env-file", []):
        environment.update(line.split("=", 1) for line in Path(file).read_text().splitlines())
    container = {
        "image": words[0],
        "command": words[1:] or ["/bin/sh", "-c", "echo entry point"],
        "environment": environment,
        "folder": options.get("--workdir", ["/"])[0],
        "mounts": [next(csv.reader([mount])) for mount in options.get("--mount", [])],
        "state": {"Status": "created", "ExitCode": 0, "Error": ""},
    }
    save(options["--name"][0], container)
    print(uuid.uuid4().hex)


def save(name: str, container: Any) -> None:
    path = HOME / f"container-{name}"
    (HOME / f"new-{name}").write_text(json.dumps(container))
    (HOME / f"new-{name}").replace(path)


def load(name: str) -> Any:
    try:
        return json.loads((HOME / f"container-{name}").read_text())
    except FileNotFoundError:
        fail(f"Error response from daemon: No such container: {name}")


def start(words: list[str], config: Any) -> None:
    name = words[-1]
    container = load(name)
    environment = {"PATH": os.environ["PATH"], "IMAGE": container["image"], **container["environment"]}
    try:
        # In a session of its own: nothing but the client may be able to end it.
        process = subprocess.Popen(
            container["command"], cwd=container["folder"], env=environment, start_new_session=True
        )
    except OSError:
        container["state"].update(
            Status="created",
            ExitCode=127,
            Error=f'exec: "{container["command"][0]}": executable file not found in $PATH',
        )
        save(name, container)
        fail(f"Error response from daemon: {container['state']['Error']}", 127)
    container["state"].update(Status="running", Pid=process.pid)
    save(name, container)
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGTERM))
    code = process.wait()
    container["state"].update(Status="exited", ExitCode=code if code >= 0 else 128 - code)
    save(name, container)
    sys.exit(container["state"]["ExitCode"])


def inspect(words: list[str], config: Any) -> None:
    print(json.dumps(load(words[-1])["state"]))


def remove(words: list[str], config: Any) -> None:
    state = load(words[-1])["state"]
    if state["Status"] == "running":
        os.killpg(state["Pid"], signal.SIGKILL)
    (HOME / f"container-{words[-1]}").unlink()


def install(folder: Path) -> None:
    """Make a client of this in a folder."""
    program = folder / "docker"
    program.write_text(f"#!{shlex.quote(sys.executable)}\n{Path(__file__).read_text()}")
    program.chmod(0o755)
    (folder / "present").write_text("")


if __name__ == "__main__":
    main(sys.argv[1:])
