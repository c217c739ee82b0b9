"""What the compose files promise each other: images, settings, limits, health and scrape targets."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose import engine
from compose.images import Images, read_env

OVERLAYS = sorted(engine.ROOM.glob("compose*.yaml"))
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(:[?-])?")
SECRETS = (
    "SECRET_KEY",
    "PII_KEY",
    "PAYMENT_GATEWAY_KEY",
    "PAYMENT_WEBHOOK_SECRET",
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
    "CLICKHOUSE_PASSWORD",
)


def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml, anchors resolved."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((engine.ROOM / "compose.yaml").read_text())["services"]
    return found


@pytest.mark.parametrize("file", OVERLAYS, ids=lambda file: file.name)
def test_says_how_it_is_used(file: Path) -> None:
    """Each compose file opens with what it is for and its usage."""
    opening = file.read_text()[:600]
    assert opening.startswith("# ")
    assert "Usage" in opening


@pytest.mark.parametrize("file", OVERLAYS, ids=lambda file: file.name)
def test_requires_no_variable_that_no_env_file_has(file: Path) -> None:
    """A variable without a default stands in the image files or in every `.env.*`."""
    required = {name for name, default in VARIABLE.findall(file.read_text()) if default != ":-"}
    known = set(read_env(Images.OFFICIAL.env_file)) | set(read_env(engine.ROOM / ".env.production"))
    assert required - known == set()


@pytest.mark.parametrize("name", [".env.development", ".env.staging", ".env.production"])
def test_env_files_name_the_same_secrets(name: str) -> None:
    """Staging and production name every secret, and give none of them a value."""
    settings = read_env(engine.ROOM / name)
    filled = {settings[secret] != "" for secret in SECRETS}
    assert filled == {name == ".env.development"}


def test_offline_images_stand_for_official_ones() -> None:
    """The offline file names no image that compose.yaml does not know."""
    assert set(read_env(Images.OFFLINE.env_file)) <= set(read_env(Images.OFFICIAL.env_file))


def test_official_images_are_pinned() -> None:
    """No official image floats on `latest`."""
    for name, image in read_env(Images.OFFICIAL.env_file).items():
        if name.endswith("_IMAGE") and not image.startswith("casino-club/"):
            assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", image), image


@pytest.mark.parametrize("name", sorted(services()))
def test_every_service_is_bounded_and_watched(name: str) -> None:
    """A memory limit, a health check, a restart policy and rotated logs for each."""
    service = services()[name]
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["healthcheck"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", ["api-1", "api-2", "worker", "paygate", "migrate"])
def test_the_application_can_write_nothing(name: str) -> None:
    """A read-only root, no capability, no new privilege."""
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_scrape_target_is_a_service() -> None:
    """Prometheus asks for nothing that does not exist."""
    config = yaml.safe_load((engine.ROOM / "prometheus" / "prometheus.yml").read_text())
    targets = {
        target.split(":")[0]
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets - {"localhost"} <= set(services())
