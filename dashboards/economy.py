"""The board of gold: what the games return against what they publish, and what flows in and out."""

from __future__ import annotations

from dashboards.panels import COUNT, PER_SECOND, SECONDS, SHARE, Panel, Text, bad_above, board, lines
from dashboards.queries import Query, rate
from dashboards.sources import Sources


def build(sources: Sources) -> Panel:
    """The board `casino-economy`."""
    found = board("casino-economy", "Economy", "What the games return, and where gold comes from and goes.")
    for panel in (*_returns(sources), *_play(sources), *_gacha(sources), *_flows()):
        found = found.with_panel(panel)
    return found


def _returns(sources: Sources) -> list[Panel]:
    drift = sources.runbooks["RtpDrift"]
    hour = "[1h]"
    return [
        lines(
            Text(
                "Return by game, last hour",
                "Gold paid out over gold staked. It swings: the band beside it says by how much it may.",
                drift,
            ),
            SHARE,
            Query(
                f"sum by (game) (increase(game_win_gold_total{hour}))"
                f" / sum by (game) (increase(game_bet_gold_total{hour}))",
                "{{game}}",
            ),
            Query("max by (game) (game_rtp_expected_ratio)", "{{game}}, published"),
        ),
        lines(
            Text(
                "Deviation from the published return, last hour",
                "In standard deviations by the games' own tables; crash as if everybody left at 2.00. The line "
                "is what raises RtpDrift.",
                drift,
            ),
            COUNT,
            Query(
                f"abs(sum by (game) (increase(game_reference_win_gold_total{hour}))"
                " - on (game) max by (game) (game_rtp_expected_ratio)"
                f" * on (game) sum by (game) (increase(game_bet_gold_total{hour})))"
                f" / on (game) sqrt(sum by (game) (increase(game_return_variance_total{hour})))",
                "{{game}}",
            ),
            thresholds=bad_above(sources.limits["ALERT_RTP_DEVIATIONS_THRESHOLD"]),
        ),
    ]


def _play(sources: Sources) -> list[Panel]:
    return [
        lines(
            Text(
                "Games open",
                "1 while every process takes bets on a game, 0 once an operator has closed it everywhere.",
                sources.runbooks["GameLeftClosed"],
            ),
            COUNT,
            Query("avg by (game) (game_open)", "{{game}}"),
            span=12,
        ),
        lines(
            Text(
                "Clocks against the database's",
                "How far each process's clock is ahead. Beyond the line, ahead or behind, it takes no crash bets.",
                sources.runbooks["ClockAdrift"],
            ),
            SECONDS,
            Query("server_clock_ahead_seconds", "{{instance}}"),
            thresholds=bad_above(sources.limits["ALERT_CLOCK_ADRIFT_SECONDS_THRESHOLD"]),
            span=12,
        ),
        lines(
            Text("Rounds by game", "Settled rounds; a round of crash counts when it has ended."),
            PER_SECOND,
            rate("game_rounds_total", "game"),
            span=8,
        ),
        lines(
            Text("Gold staked by game", "What players put at stake."),
            PER_SECOND,
            rate("game_bet_gold_total", "game"),
            span=8,
        ),
        lines(
            Text("Settled again", "Rounds drawn again because another process had moved the same wallet."),
            PER_SECOND,
            rate("settlement_retries_total", "reason"),
            span=8,
        ),
    ]


def _gacha(sources: Sources) -> list[Panel]:
    drift = sources.runbooks["GachaEvDrift"]
    return [
        lines(
            Text(
                "Gacha: return of a day",
                "Gold given over gold paid in, and what the table expects where players' pity stood.",
                drift,
            ),
            SHARE,
            Query(
                'sum(increase(game_win_gold_total{game="gacha"}[1d]))'
                ' / sum(increase(game_bet_gold_total{game="gacha"}[1d]))',
                "returned",
            ),
            Query(
                'sum(increase(game_expected_win_gold_total{game="gacha"}[1d]))'
                ' / sum(increase(game_bet_gold_total{game="gacha"}[1d]))',
                "expected",
            ),
        ),
        lines(
            Text(
                "Gacha: left today",
                "Items of each rarity that are left for everybody until midnight UTC.",
                drift,
            ),
            COUNT,
            Query("min by (rarity) (game_gacha_pool_remaining)", "{{rarity}}"),
        ),
    ]


def _flows() -> list[Panel]:
    return [
        lines(
            Text("Gold in circulation", "Gold in all wallets, as the last audit counted it."),
            COUNT,
            Query("max(gold_circulation)", "gold"),
            span=8,
        ),
        lines(
            Text("Gold given", "By source account, as the auditor counted it."),
            PER_SECOND,
            rate("gold_source_total", "source"),
            span=8,
        ),
        lines(
            Text("Gold taken", "By sink account, as the auditor counted it."),
            PER_SECOND,
            rate("gold_sink_total", "sink"),
            span=8,
        ),
    ]
