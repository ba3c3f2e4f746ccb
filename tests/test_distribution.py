"""The distribution: what installs, under which name and version, with which others beside it.

The tests may run on an editable installation, which has no files but its description: those are then the source's.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

import azure.batch

ROOT = Path(__file__).parents[1]
PACKAGE = Path(azure.batch.__file__).parent


@pytest.fixture(scope="module")
def installed() -> Distribution:
    return distribution("azure-batch")


def test_it_takes_the_place_of_the_distribution_of_that_name(installed: Distribution) -> None:
    assert installed.metadata["Name"] == "azure-batch"
    assert installed.version == azure.batch.__version__ == "15.2.0"
    assert installed.metadata["Requires-Python"] == ">=3.9"


def test_the_release_history_begins_with_its_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == azure.batch.__version__


def test_the_client_needs_four_others_and_each_extra_names_its_own(installed: Distribution) -> None:
    needed = [one.partition(";") for one in installed.requires or ()]
    names = {(re.split(r"[^\w.-]", one)[0], marker.strip()) for one, _, marker in needed}
    always = {(name, marker) for name, marker in names if "extra ==" not in marker}
    assert always == {(name, "") for name in ("azure-core", "azure-identity", "isodate", "typing-extensions")}
    assert {name for name, marker in names if re.search("extra == .aio", marker)} == {"aiohttp"}
    assert {name for name, marker in names if re.search("extra == .emulator", marker)} == {
        "aiohttp",
        "cryptography",
        "rich",
    }


def test_its_types_are_for_type_checkers(installed: Distribution) -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert "Typing :: Typed" in installed.metadata.get_all("Classifier", [])


def test_it_shares_the_name_azure_with_others(tmp_path: Path) -> None:
    assert not (PACKAGE.parent / "__init__.py").exists()
    (tmp_path / "azure" / "another").mkdir(parents=True)
    (tmp_path / "azure" / "another" / "__init__.py").touch()
    program = "import sys; sys.path.append(sys.argv[1]); import azure.another, azure.batch, azure.core, azure.identity"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_its_license_comes_with_it(installed: Distribution) -> None:
    (path,) = [one for one in installed.files or () if one.name == "LICENSE"]
    assert path.read_text() == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert installed.metadata["License-Expression"] == "MIT"
