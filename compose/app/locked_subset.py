"""Cut from the lock what an image needs, hashes kept, so that it holds no test tool and nothing unlocked.

The lock says for each package who wanted it (`# via …`); following that from the roots gives the subset.
"""

import argparse
import sys
from pathlib import Path

PROJECT = "casino-club (pyproject.toml"


def read_lock(text: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The lock's block of lines by package, and by package the names of those that wanted it.

    The project's own dependencies are wanted by `project`, those of its group G by `project:G`.
    """
    blocks: dict[str, str] = {}
    wanted_by: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if line[:1].isalnum():
            name = line.split("==")[0]
            blocks[name], wanted_by[name] = "", set()
        if not name:
            continue
        blocks[name] += line
        parent = line.strip().removeprefix("#").strip().removeprefix("via").strip()
        if line.startswith("    #") and parent:
            wanted_by[name].add(parent.replace(PROJECT, "project").removesuffix(")"))
    return blocks, wanted_by


def subset(text: str, roots: set[str], *, only: bool = False) -> str:
    """The lock's lines for `roots` and all they need; a root is a package, `project` or `project:GROUP`.

    With `only`, what the roots themselves need is left out.
    """
    blocks, wanted_by = read_lock(text)
    known = set(blocks) | set().union(*wanted_by.values())
    if unknown := roots - known:
        raise SystemExit(f"not in the lock: {', '.join(sorted(unknown))}")
    chosen = set(roots)
    while not only and (grown := {name for name, parents in wanted_by.items() if parents & chosen} - chosen):
        chosen |= grown
    return "".join(blocks[name] for name in sorted(chosen & set(blocks)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("root", nargs="+", help="a package, `project` or `project:GROUP`")
    parser.add_argument("--only", action="store_true", help="leave out what the roots need")
    asked = parser.parse_args()
    sys.stdout.write(subset(asked.lock.read_text(), set(asked.root), only=asked.only))
