"""state.json has the embedded runtime's shape, with containers for processes."""

from pathlib import Path
from typing import Any

import pytest

from compose import engine, stack, state


def container(service: str, *, port: int, status: str = "running", health: str = "healthy") -> dict[str, Any]:
    """What `docker inspect` says of a container, as far as it is read."""
    return {
        "Name": f"/casino-club-{service}-1",
        "LogPath": f"/var/lib/docker/{service}.log",
        "RestartCount": 2,
        "Config": {"Labels": {"com.docker.compose.service": service}},
        "HostConfig": {
            "RestartPolicy": {"Name": "no" if service == "migrate" else "unless-stopped"},
            "PortBindings": {f"{port}/tcp": [{"HostPort": str(port + 1)}]},
        },
        "State": {
            "Status": status,
            "Health": {"Status": health},
            "Pid": 42 if status == "running" else 0,
            "StartedAt": "2026-01-01T00:00:00Z",
        },
    }


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Describes the given containers with the development settings."""
    monkeypatch.setattr(state, "ENV_FILE", engine.ROOM / ".env.development")

    def describe(*containers: dict[str, Any], held: frozenset[str] = frozenset()) -> dict[str, Any]:
        monkeypatch.setattr(engine, "containers", lambda _project: list(containers))
        return state.describe("casino-club", held)

    return describe


def test_names_engines_by_role_and_gives_their_credentials(described: Any) -> None:
    """clickhouse is `olap`, the gateway is `public`; a harness needs no other file to connect."""
    document = described(container("gateway", port=8000), container("clickhouse", port=8123))
    assert document["ready"] is True
    assert document["public_url"] == "http://127.0.0.1:8001"
    assert document["urls"]["olap"] == "http://casino:casino-development@127.0.0.1:8124/cc_olap"
    assert document["processes"]["olap"]["container"] == "casino-club-clickhouse-1"
    assert document["processes"]["olap"]["pid"] == 42
    assert document["accounts"][0] == {"site_id": "admin", "password": "neon-nights-5858", "role": "admin"}


def test_a_one_shot_container_is_no_process(described: Any) -> None:
    """`migrate` has ended well; that makes nothing unready."""
    document = described(container("api-1", port=9000), container("migrate", port=1, status="exited"))
    assert document["ready"] is True
    assert set(document["processes"]) == {"api-1"}


@pytest.mark.parametrize(
    ("changed", "held", "expected"),
    [
        ({"health": "starting"}, frozenset[str](), "starting"),
        ({"status": "exited"}, frozenset[str](), "stopped"),
        ({"status": "exited"}, frozenset({"api-1"}), "held"),
    ],
)
def test_says_why_a_process_is_not_running(
    described: Any, changed: dict[str, str], held: frozenset[str], expected: str
) -> None:
    """Starting, stopped and held are three different things to a fault experiment."""
    document = described(container("api-1", port=9000, **changed), held=held)
    assert document["ready"] is False
    assert document["processes"]["api-1"]["state"] == expected


def test_nothing_running_is_not_ready(described: Any) -> None:
    """No container at all is the state after `down`."""
    document = described()
    assert document["ready"] is False
    assert document["urls"] == {}


def test_gives_up_on_a_container_that_keeps_dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ends at the third restart, with the container's last words, not after three minutes."""
    dying = container("gateway", port=8000, status="restarting") | {"RestartCount": 3, "Id": "abc"}
    monkeypatch.setattr(engine, "containers", lambda _project: [dying])
    monkeypatch.setattr(engine, "last_lines", lambda _container, lines: "cannot bind :8000")
    with pytest.raises(engine.EngineError, match="gateway is restarting and last said:\ncannot bind"):
        stack.wait_healthy("casino-club")


def test_only_its_owner_reads_the_passwords(tmp_path: Path) -> None:
    """state.json holds credentials; it appears in one step, with mode 600."""
    state.write(tmp_path, {"instance": "mine"})
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600
    assert state.project_of(tmp_path) == "mine"
