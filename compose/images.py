"""Where the images come from: the registry's by tag, or all of them built here from packages when there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from enum import StrEnum
from pathlib import Path

from compose import engine

BASE_TAG = "casino-offline/base:trixie"
WEB = engine.TOP / "system" / "web"
PULL_SECONDS_MAX = 60


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
    """Settle `auto` by pulling the smallest image once; says what was chosen when there is no registry."""
    if wanted is not Images.AUTO:
        return wanted
    image = read_env(Images.OFFICIAL.env_file)["VALKEY_IMAGE"]
    try:
        pulled = subprocess.run(["docker", "pull", "-q", image], capture_output=True, timeout=PULL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        pulled = None
    if pulled and pulled.returncode == 0:
        return Images.OFFICIAL
    print(f"images: no registry gives {image}; building every image from packages")
    return Images.OFFLINE


def build(images: Images, *, fresh: bool = False) -> None:
    """Make every image the stack needs; what has not changed is taken from the engine's cache.

    Offline images carry packages as they were when first built; `fresh` builds all of them again.
    """
    started = time.monotonic()
    again = ["--no-cache"] if fresh else []
    if images is Images.OFFLINE:
        build_web()
        base = [str(engine.ROOM / "offline" / "base.sh"), BASE_TAG, *(["--fresh"] if fresh else [])]
        if subprocess.run(base, cwd=engine.TOP).returncode:
            raise engine.EngineError("the base image could not be made; see the lines above")
        bake = ["buildx", "bake", "--file", "compose/offline/docker-bake.hcl", *again]
        engine.run(*bake, settings={"BASE": BASE_TAG, **registry_settings()})
    names = read_env(images.env_file)
    arguments = {name: names[name] for name in ("PYTHON_IMAGE", "NODE_IMAGE", "WEB")} | registry_settings()
    application = ["buildx", "build", "--file", "compose/app/Dockerfile", "--tag", names["APP_IMAGE"], *again]
    for name, value in arguments.items():
        application += ["--build-arg", f"{name}={value}"]
    engine.run(*application, ".")
    print(f"images: {images}, ready after {time.monotonic() - started:.0f} s")


def build_web() -> None:
    """Build the web client into system/web/dist with this machine's Node, unless it is newer than its sources."""
    built = WEB / "dist" / "index.html"
    sources = [WEB / "package-lock.json", *(path for path in (WEB / "src").rglob("*") if path.is_file())]
    if built.exists() and built.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise engine.EngineError("system/web/dist is not up to date and npm is missing; install Node 20 or newer")
    for step in (["ci"], ["run", "build"]):
        subprocess.run([npm, *step], cwd=WEB, check=True)


def registry_settings() -> dict[str, str]:
    """This machine's own package index, if it has one, for builds to use; never written into a file."""
    index = os.environ.get("PIP_INDEX_URL") or _pip_index()
    return {"PIP_INDEX_URL": index} if index else {}


def _pip_index() -> str:
    asked = subprocess.run(["python3", "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else ""


def read_env(path: Path) -> dict[str, str]:
    """The NAME=value lines of an env file."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
