"""Refusals of requests that fit their schema: rules that no schema can say, each with its reason."""

from __future__ import annotations

from contracts.answers import read_problem

_CURSORS = "a cursor is opaque: which texts are one is not for a schema to tell"

_KEYS = {"idempotency_key_reused": "generated keys repeat"}
_PLAY = {
    "insufficient_gold": "gold runs out",
    "limit_reached": "a player's own limits hold stakes back",
    **_KEYS,
}

_PAYING = {
    "velocity_limited": "how often one has tried to pay is not in the request",
    "purchase_blocked": "fraud rules look at what was tried before",
    "limit_reached": "a player's own limits hold purchases back",
    "idempotency_key_reused": "generated keys repeat",
    "idempotency_in_progress": "a generated key before it is still being paid",
}
_SELLING = {
    "rank_too_low": "the rank stands in the token",
    "age_verification_required": "whether one is an adult is not in the request",
}

# operation id → code of the refusal → why a request that fits the schema may meet it.
REFUSALS: dict[str, dict[str, str]] = {
    "auth_signup_v1": {
        "invite_code_refused": "whether a code exists is known to the database alone",
        "weak_password": "strength depends on the name and on lists of common words",
    },
    "users_change_limits_v1": {
        "exclusion_refused": "how long an exclusion lasts is counted from now, which no schema knows",
    },
    "users_verify_age_v1": {
        "birth_date_refused": "nobody is born tomorrow, whichever day that is",
        "birth_date_given": "the first date given stands",
    },
    "notifications_inbox_v1": {"invalid_cursor": _CURSORS},
    "admin_notifications_v1": {"invalid_cursor": _CURSORS},
    "admin_audit_log_v1": {"invalid_cursor": _CURSORS},
    "auth_sessions_v1": {"invalid_cursor": _CURSORS},
    "games_history_v1": {"invalid_cursor": _CURSORS},
    "home_actions_recent_v1": {"invalid_cursor": _CURSORS},
    "games_slot_spin_v1": _PLAY,
    "games_rps_play_v1": _PLAY,
    "games_gacha_pull_v1": _PLAY
    | {"daily_gacha_limit": "how often one has pulled today is not in the request"},
    "games_crash_bet_v1": _PLAY | {"round_active": "a generated bet before it still runs"},
    "games_crash_cashout_v1": {
        "no_active_round": "generated rounds do not exist, linked ones may have ended",
        "already_crashed": "a linked round may crash before it is left",
        **_KEYS,
    },
    "games_fairness_rotate_v1": {"round_active": "a generated bet on crash still runs"},
    "games_crash_history_v1": {"invalid_cursor": _CURSORS},
    "shop_buy_v1": _PAYING
    | _SELLING
    | {"amount_mismatch": "what a product costs now is for the catalogue to say, not for a schema"},
    "shop_buy_limited_v1": _PAYING,
    "shop_buy_limited_alias_v1": _PAYING,
    "shop_buy_item_v1": _SELLING | _PLAY | {"already_owned": "what one owns is not in the request"},
    "shop_settle_v1": {"not_settleable": "the gateway says how a linked purchase stands"},
    "shop_refund_v1": {
        "not_refundable": "only a success can be refunded, and no schema knows which one is",
        "insufficient_gold": "the gold may be spent",
    },
    "shop_webhook_v1": {"invalid_signature": "only the gateway can sign"},
    "shop_transactions_v1": {"invalid_cursor": _CURSORS},
    "shop_inventory_v1": {"invalid_cursor": _CURSORS},
    "social_followed_v1": {"invalid_cursor": _CURSORS},
    "social_followers_v1": {"invalid_cursor": _CURSORS},
    "social_feed_v1": {"invalid_cursor": _CURSORS},
    "rewards_me_v1": {"invalid_cursor": _CURSORS},
    "rewards_user_v1": {"invalid_cursor": _CURSORS},
    "rewards_redeem_v1": _KEYS,
    "streak_claim_v1": _KEYS,
    "vip_claim_v1": _KEYS,
    "events_claim_v1": _KEYS,
    "missions_claim_v1": _KEYS,
    "battlepass_claim_v1": _KEYS,
    "battlepass_premium_v1": _KEYS | {"insufficient_gold": "gold runs out"},
    "social_follow_v1": {"cannot_follow_oneself": "who asks stands in the token"},
    "social_unfollow_v1": {"cannot_follow_oneself": "who asks stands in the token"},
}


def is_expected(operation_id: str, body: bytes) -> bool:
    """Whether this operation may answer so to a request that fits its schema."""
    problem = read_problem(body)
    return problem is not None and problem.get("error") in REFUSALS.get(operation_id, {})
