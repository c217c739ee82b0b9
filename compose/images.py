"""Where the images come from: the registry's, by tag, or all of them built here when there is no registry."""

from __future__ import annotations

import os
import shutil
import sys
import time
from enum import StrEnum
from pathlib import Path

import typer

from compose import engine

BASE_TAG = "casino-offline/base:trixie"
WEB = engine.TOP / "system" / "web"
PULL_SECONDS_MAX = 60.0


class Images(StrEnum):
    """`auto` takes the registry's images where a registry answers, and builds them otherwise."""

    AUTO = "auto"
    OFFICIAL = "official"
    OFFLINE = "offline"

    @property
    def env_file(self) -> Path:
        """The file that names these images."""
        return engine.ROOM / ("images.offline.env" if self is Images.OFFLINE else "images.env")


def choose(wanted: Images) -> Images:
    """Settle `auto` by pulling the smallest image; says so when there is no registry."""
    if wanted is not Images.AUTO:
        return wanted
    image = read_env(Images.OFFICIAL.env_file)["VALKEY_IMAGE"]
    pulled = engine.execute("docker", "pull", "--quiet", image, read=True, seconds_max=PULL_SECONDS_MAX)
    if pulled.returncode == 0:
        return Images.OFFICIAL
    typer.echo(f"images: no registry gives {image}; building every image from packages")
    return Images.OFFLINE


def build(images: Images, *, fresh: bool = False) -> None:
    """Make every image the stack needs; what has not changed is taken from the engine's cache.

    Offline images carry packages as they were when first built; `fresh` builds all of them again.
    """
    started = time.monotonic()
    if images is Images.OFFLINE:
        build_web()
        _build_engines(fresh=fresh)
    _build_application(images, fresh=fresh)
    typer.echo(f"images: {images}, ready after {time.monotonic() - started:.0f} s")


def build_web() -> None:
    """Build the web client into system/web/dist with this machine's Node, unless newer than its sources."""
    built = WEB / "dist" / "index.html"
    sources = [WEB / "package-lock.json", *(path for path in (WEB / "src").rglob("*") if path.is_file())]
    if built.exists() and built.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise engine.EngineError("system/web/dist is not up to date and npm is missing: install Node 20")
    for step in (["ci"], ["run", "build"]):
        if engine.execute(npm, *step, cwd=WEB).returncode:
            raise engine.EngineError(f"npm {' '.join(step)} failed in system/web; see the lines above")


def _build_engines(*, fresh: bool) -> None:
    base = engine.execute(engine.ROOM / "offline" / "base.sh", BASE_TAG, *(["--fresh"] if fresh else []))
    if base.returncode:
        raise engine.EngineError("the base image could not be made; see the lines above")
    bake = ["buildx", "bake", "--file", "compose/offline/docker-bake.hcl", *_again(fresh)]
    engine.run(*bake, settings={"BASE": BASE_TAG, **package_index()})


def _build_application(images: Images, *, fresh: bool) -> None:
    names = read_env(images.env_file)
    arguments = {name: names[name] for name in ("PYTHON_IMAGE", "NODE_IMAGE", "WEB")} | package_index()
    build_arguments = [part for pair in arguments.items() for part in ("--build-arg", "=".join(pair))]
    file = ["--file", "compose/app/Dockerfile", "--tag", names["APP_IMAGE"]]
    engine.run("buildx", "build", *file, *build_arguments, *_again(fresh), ".")


def _again(fresh: bool) -> list[str]:
    return ["--no-cache"] if fresh else []


def package_index() -> dict[str, str]:
    """This machine's own Python package index, if it has one, for builds; never written into a file."""
    asked = engine.execute(sys.executable, "-m", "pip", "config", "get", "global.index-url", read=True)
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return {"PIP_INDEX_URL": index} if index else {}


def read_env(path: Path) -> dict[str, str]:
    """The NAME=value lines of an env file."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
