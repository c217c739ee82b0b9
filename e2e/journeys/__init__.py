"""The journeys, by name. Each takes a stage and plays until it is through or a step fails."""

from collections.abc import Callable, Mapping

from e2e.journeys import (
    day_in_the_life,
    every_game,
    failing_server,
    own_account,
    phone_and_keyboard,
    rewards,
    shopping,
    trace,
    two_tabs,
)
from e2e.stage import Stage

Journey = Callable[[Stage], None]

JOURNEYS: Mapping[str, Journey] = {
    "day_in_the_life": day_in_the_life.play,
    "day_on_a_phone": day_in_the_life.play_on_a_phone,
    "rewards": rewards.play,
    "shopping": shopping.play,
    "two_tabs": two_tabs.play,
    "every_game": every_game.play,
    "failing_server": failing_server.play,
    "own_account": own_account.play,
    "phone_and_keyboard": phone_and_keyboard.play,
    "trace": trace.play,
}
