"""Recurring mistakes, as checks: sizes, banned calls, dead files, and the rules import-linter cannot say."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "system"
PRODUCTION = sorted((SYSTEM / "casino").rglob("*.py"))
HARNESS = ("alerts", "dashboards", "loadtests", "contracts", "e2e", "chaos", "compose")
OURS = [*PRODUCTION, *(path for room in HARNESS for path in sorted((ROOT / room).rglob("*.py")))]
TESTS = sorted(
    path for path in ROOT.rglob("test_*.py") if ".venv" not in path.parts and "node_modules" not in path.parts
)

FILE_LINES_MAX = 500
TEST_FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
VAGUE_NAMES = {"utils", "helpers", "manager", "common", "base", "misc"}


def shown(path: Path) -> str:
    """The path from the top of the repository."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    """`file:line` of each line that matches."""
    wanted = re.compile(pattern)
    return [
        f"{shown(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if wanted.search(line)
    ]


def too_long(paths: list[Path], lines_max: int) -> list[str]:
    """Files over the bound."""
    return [shown(path) for path in paths if len(path.read_text().splitlines()) > lines_max]


def test_files_stay_readable() -> None:
    """A file that outgrew its room is split by use case."""
    assert too_long([path for path in OURS if path not in TESTS], FILE_LINES_MAX) == []
    assert too_long(TESTS, TEST_FILE_LINES_MAX) == []


def test_functions_stay_readable() -> None:
    """A function fits on a screen."""
    long = [
        f"{shown(path)}:{function.name}"
        for path in OURS
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_modules_say_why_they_exist() -> None:
    """Every module opens with its sentence."""
    assert [shown(path) for path in OURS if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_tests_say_what_they_show() -> None:
    """Every test has a sentence."""
    silent = [
        f"{shown(path)}:{function.name}"
        for path in TESTS
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_names_say_what_is_inside() -> None:
    """No room is called after nothing."""
    assert [
        shown(path) for path in OURS if path.stem in VAGUE_NAMES or re.search(r"_(v2|new|simple)$", path.stem)
    ] == []


def test_only_the_edge_commits() -> None:
    """A unit of work ends where it began: nobody commits by hand. Kafka's offsets are no unit of work."""
    assert lines_with(r"(?<!kafka)\.(commit|rollback)\(", PRODUCTION) == []


def test_chance_near_money_comes_from_the_seed() -> None:
    """`random` and `secrets` decide nothing in the games and the wallet."""
    near_money = [
        path for path in PRODUCTION if path.relative_to(SYSTEM / "casino").parts[0] in ("games", "wallet")
    ]
    assert near_money and lines_with(r"\b(random|secrets)\b\.", near_money) == []


def test_time_has_one_door() -> None:
    """Naive or scattered clocks make tests lie: production asks kit.clock."""
    asked = lines_with(r"datetime\.(now|utcnow|today)\(", [p for p in PRODUCTION if p.name != "clock.py"])
    assert asked == []


def dependencies(path: Path) -> set[str]:
    """The functions that a file gives to `Depends`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        call.args[0].id
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "Depends"
        and isinstance(call.args[0], ast.Name)
    }


def test_dependencies_cross_no_thread() -> None:
    """FastAPI runs a plain function in a thread, at the cost of a small read: dependencies are `async`."""
    plain = {
        f"{shown(path)}: {one.name}"
        for path in PRODUCTION
        for one in functions(path)
        if isinstance(one, ast.FunctionDef) and one.name in dependencies(path)
    }
    assert plain == set()


def test_nothing_is_left_for_later() -> None:
    """No stub, no reminder."""
    marks = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"))
    assert lines_with(rf"\b({marks})\b", OURS) == []


@pytest.mark.parametrize("room", HARNESS)
def test_harness_rooms_stay_outside(room: str) -> None:
    """The harness speaks to the system over the network only."""
    files = sorted((ROOT / room).rglob("*.py"))
    assert lines_with(r"^\s*(from|import) casino\b", files) == []


def test_production_imports_no_test() -> None:
    """Tests are not shipped."""
    assert lines_with(r"^\s*(from|import) (tests|pytest)\b", PRODUCTION) == []


def test_every_module_is_reached() -> None:
    """A file nobody imports is dead, unless it is an entrance."""
    entrances = {"__init__", "__main__", "cli", "conftest"}
    sources = {path: path.read_text() for path in [*OURS, *SYSTEM.rglob("migrations/*.py"), *TESTS]}
    run_by_name = {"olap_server", "link"}
    dead = [
        shown(path)
        for path in PRODUCTION
        if path.stem not in entrances | run_by_name
        and not any(
            re.search(rf"\b{re.escape(path.stem)}\b", text)
            for other, text in sources.items()
            if other != path
        )
    ]
    assert dead == []


def test_lock_files_hold_no_address() -> None:
    """What is installed is decided by hashes, from wherever a machine gets its packages."""
    locks = [ROOT / "requirements.lock", SYSTEM / "web" / "package-lock.json"]
    assert [
        shown(lock) for lock in locks if re.search(r"https?://[^\s\"]*\.(whl|tgz|tar\.gz)", lock.read_text())
    ] == []


def test_each_room_opens_with_its_readme() -> None:
    """Half a page: what it is, the one command, the map."""
    rooms = [SYSTEM, *(ROOT / room for room in HARNESS)]
    assert [shown(room) for room in rooms if not (room / "README.md").is_file()] == []


def test_every_setting_is_explained() -> None:
    """`.env.example` is what `casino env` prints: run it again after a change of settings."""
    printed = subprocess.run(
        [sys.executable, "-m", "casino.cli", "env"],
        env={"PYTHONPATH": str(SYSTEM), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (ROOT / ".env.example").read_text() == printed


def test_the_readme_names_commands_that_exist() -> None:
    """Every `make` target in the README is in the Makefile, every folder in its table is there."""
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))
    assert targets and targets - set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) == set()
    folders = re.findall(r"^\| `([a-z]+)/` \|", readme, re.MULTILINE)
    assert folders and [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_room_is_held_to_the_same_contracts() -> None:
    """A context that import-linter does not know of would be free to import anything."""
    contracts = (ROOT / "pyproject.toml").read_text()
    contexts = {path.parent.name for path in (SYSTEM / "casino").glob("*/service.py")}
    unknown = [name for name in contexts if f'name = "{name}: from outside' not in contracts]
    assert contexts and unknown == []
