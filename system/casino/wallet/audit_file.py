"""The auditor's evidence outside the database: a file of signed lines with the head of every chain.

Each line is JSON: `{"n", "at", "heads": [[user_id, seq, hash]], "previous", "signature"}`. The signature is
an HMAC-SHA256 over the rest of the line, and `previous` is the signature before: no line can be changed or
taken out of the middle. A tail that was cut off is missed by the database, which remembers the last signature.
"""

import hmac
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from casino.kit.clock import rfc3339

HEADS_A_LINE_MAX = 10_000
BYTES_MAX = 256 * 1024 * 1024
NO_SIGNATURE = bytes(32)


class EvidenceBroken(Exception):
    """The file is not what the auditor wrote; the message says where."""


@dataclass(slots=True)
class Evidence:
    """What the file holds: each user's last head (seq, hash), and its lines' signatures, oldest first."""

    heads: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    signatures: list[bytes] = field(default_factory=list)
    lines: int = 0
    bytes_whole: int = 0

    @property
    def last_signature(self) -> bytes:
        """What the next line has to follow."""
        return self.signatures[-1] if self.signatures else NO_SIGNATURE


class CheckpointFile:
    """The file at `path`, signed with keys derived from `secrets`: the first signs, all are believed."""

    def __init__(self, path: Path, secrets: Sequence[str]) -> None:
        self.path = path
        self._keys = [hmac.digest(secret.encode(), b"ledger checkpoints", "sha256") for secret in secrets]

    def read(self) -> Evidence:
        """Everything in the file, each line verified; empty without a file. Raises EvidenceBroken.

        An unfinished last line is what a crash in the middle of a write leaves; it was never counted on.
        """
        evidence = Evidence()
        if not self.path.exists():
            return evidence
        with self.path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                self._take(evidence, raw)
        return evidence

    def _take(self, evidence: Evidence, raw: bytes) -> None:
        place = evidence.lines + 1
        try:
            line: dict[str, Any] = orjson.loads(raw)
            signature = bytes.fromhex(line.pop("signature"))
            previous = bytes.fromhex(line["previous"])
            heads = {int(user): (int(seq), bytes.fromhex(head)) for user, seq, head in line["heads"]}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceBroken(f"line {place} of {self.path.name} cannot be read") from error
        if not any(hmac.compare_digest(_signature(key, line), signature) for key in self._keys):
            raise EvidenceBroken(f"line {place} of {self.path.name} has a signature that is not ours")
        if not evidence.signatures:
            # A file that follows a full one begins with the last signature of that one.
            evidence.signatures.append(previous)
        if previous != evidence.last_signature:
            raise EvidenceBroken(f"line {place} of {self.path.name} does not follow the one before it")
        evidence.heads |= heads
        evidence.signatures.append(signature)
        evidence.lines = place
        evidence.bytes_whole += len(raw)

    def append(self, evidence: Evidence, heads: Sequence[tuple[int, int, bytes]], at: datetime) -> bytes:
        """Adds signed lines behind what was read; on disk when it returns the last signature."""
        previous = evidence.last_signature
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        with self.path.open("ab") as file:
            file.truncate(evidence.bytes_whole)
            for number, part in enumerate(_parts(heads), evidence.lines + 1):
                line: dict[str, Any] = {
                    "n": number,
                    "at": rfc3339(at),
                    "heads": [(user_id, seq, head.hex()) for user_id, seq, head in part],
                    "previous": previous.hex(),
                }
                previous = _signature(self._keys[0], line)
                file.write(orjson.dumps(line | {"signature": previous.hex()}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return previous

    def set_aside(self, at: datetime) -> None:
        """Keeps the file under another name, so that the next line starts a new one."""
        if self.path.exists():
            self.path.rename(self.path.with_name(f"{self.path.name}.until-{at:%Y%m%dT%H%M%S}"))


def _signature(key: bytes, line: dict[str, Any]) -> bytes:
    return hmac.digest(key, orjson.dumps(line, option=orjson.OPT_SORT_KEYS), "sha256")


def _parts(heads: Sequence[tuple[int, int, bytes]]) -> Iterator[Sequence[tuple[int, int, bytes]]]:
    for start in range(0, len(heads), HEADS_A_LINE_MAX):
        yield heads[start : start + HEADS_A_LINE_MAX]
