from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.batch.emulator._routes import ROUTES, Route, find
from azure.batch.emulator._wire import ServiceError

ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_the_service_has_72_operations() -> None:
    assert len(ROUTES) == 72
    assert len({route.operation for route in ROUTES}) == 72
    assert len({(route.method, route.path) for route in ROUTES}) == 72


@given(st.sampled_from(ROUTES), st.data())
def test_every_id_arrives_as_it_was(route: Route, data: st.DataObject) -> None:
    names = re.findall(r"\{(\w+)\}", route.path)
    values = {name: data.draw(ids) for name in names}
    path = route.path.format(**{name: quote(value, safe="") for name, value in values.items()})
    assert find(route.method, path) == (route, values)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("stdout.txt", "stdout.txt"),
        ("wd%2Fd%2Fa%20b.txt", "wd/d/a b.txt"),
        ("wd/d/a%20b.txt", "wd/d/a b.txt"),
        ("wd%5Ca.txt", "wd\\a.txt"),
        ("..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
        ("wd/files/x", "wd/files/x"),
    ],
)
def test_a_file_s_path_may_have_slashes_of_both_kinds(path: str, file: str) -> None:
    route, values = find("GET", f"/jobs/a%3Ajob-1/tasks/t/files/{path}")
    assert route.operation == "download_task_file"
    assert values == {"jobId": "a:job-1", "taskId": "t", "filePath": file}


@given(st.text(), st.sampled_from(["GET", "PUT", "TRACE"]))
def test_no_path_does_worse_than_be_refused(path: str, method: str) -> None:
    try:
        find(method, path)
    except ServiceError:
        return
    assert path.startswith("/")
