"""What the month came to, held against its targets, with a picture of it."""

import json
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path

from casino.games.simulation.month import Month, Population

Z_95 = 1.96
# The first days are spent by everybody on sign-up gold: the targets are for the days after them.
SETTLED_FROM = 7


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure against its target."""

    name: str
    value: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether it lies within."""
        return self.low <= self.value <= self.high


def judge(month: Month, population: Population) -> list[Judged]:
    """Earned and sunk gold a day of an active player, and by how much gold in circulation grows a week."""
    earned, sunk = month.earned[SETTLED_FROM:], month.sunk[SETTLED_FROM:]
    if not earned:
        raise ValueError(f"a simulation needs more than {SETTLED_FROM} days to be judged")
    targets = population.targets
    first, last = month.circulation[SETTLED_FROM - 1], month.circulation[-1]
    weekly = (last / first) ** (7 / len(earned)) - 1
    return [
        Judged("gold earned a day by an active player", sum(earned) / len(earned), *targets["daily_earn"]),
        Judged("gold sunk a day by an active player", sum(sunk) / len(sunk), *targets["daily_sink"]),
        Judged("growth of gold in circulation, a week", weekly, -1.0, targets["weekly_injection_max"]),
    ]


@dataclass(frozen=True, slots=True)
class Returned:
    """A game's return with its 95 % interval, and what the tables expect of the very rounds that were played.

    At the gacha that lies below the published return: young players have not come to their pity.
    """

    value: float
    low: float
    high: float
    expected: float


def returns(month: Month) -> dict[str, Returned]:
    """The return of each game that was played."""
    found = {}
    for game, staked in month.staked.items():
        if staked:
            wide = Z_95 * sqrt(month.variance[game]) / staked
            value = month.paid[game] / staked
            found[game] = Returned(value, value - wide, value + wide, month.expected[game] / staked)
    return found


def text(month: Month, judged: list[Judged], *, users: int, seconds: float) -> str:
    """The report for a person to read."""
    lines = [f"{users:,} players, {len(month.active)} days, in {seconds:.1f} s", ""]
    lines += [
        f"{one.name:44} {one.value:10.3f}   {one.low:g} – {one.high:g}   {'ok' if one.holds else 'OFF TARGET'}"
        for one in judged
    ]
    lines += ["", f"balance on the last day: median {month.median[-1]:,.0f}, P90 {month.ninetieth[-1]:,.0f}"]
    lines += [f"players who bought at least once: {month.first_purchases / users:.2%}", ""]
    lines += [
        f"{game:6} return {one.value:.4f}   95 % interval {one.low:.4f} – {one.high:.4f}"
        f"   expected of these rounds {one.expected:.4f}"
        for game, one in returns(month).items()
    ]
    return "\n".join(lines)


def write(month: Month, judged: list[Judged], folder: Path, *, users: int, seconds: float) -> list[Path]:
    """Writes simulation.txt, simulation.json and simulation.png; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("simulation.txt", "simulation.json", "simulation.png")]
    files[0].write_text(text(month, judged, users=users, seconds=seconds) + "\n")
    document = {
        "users": users,
        "days": len(month.active),
        "seconds": seconds,
        "judged": [
            {"name": one.name, "value": one.value, "low": one.low, "high": one.high, "holds": one.holds}
            for one in judged
        ],
        "returns": {game: asdict(one) for game, one in returns(month).items()},
        "median": month.median,
        "p90": month.ninetieth,
        "first_purchase_conversion": month.first_purchases / users,
    }
    files[1].write_text(json.dumps(document, indent=2) + "\n")
    _draw(month, files[2])
    return files


def _draw(month: Month, file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    flows, balances, circulation, bars = figure.subplots(2, 2).flat
    days = range(1, len(month.active) + 1)
    flows.plot(days, month.earned, label="earned")
    flows.plot(days, month.sunk, label="sunk")
    flows.plot(days, month.bought, label="bought")
    flows.set(title="Gold a day of an active player", xlabel="day", ylabel="gold")
    balances.plot(days, month.median, label="median")
    balances.plot(days, month.ninetieth, label="P90")
    balances.set(title="Balances", xlabel="day", ylabel="gold")
    circulation.plot(days, month.circulation)
    circulation.set(title="Gold in circulation", xlabel="day", ylabel="gold")
    found = returns(month)
    wide = [one.value - one.low for one in found.values()]
    bars.errorbar(
        list(found), [one.value for one in found.values()], yerr=wide, fmt="o", capsize=6, label="played"
    )
    bars.plot(
        list(found),
        [one.expected for one in found.values()],
        "_",
        markersize=24,
        label="expected of these rounds",
    )
    bars.set(title="Return by game, with its 95 % interval", ylabel="paid out over staked")
    for axes in (flows, balances, bars):
        axes.legend()
    figure.savefig(file, dpi=110)
