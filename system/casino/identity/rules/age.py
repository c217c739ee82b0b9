"""How old somebody is, as the law counts."""

from datetime import date

YEARS_MAX = 130


def years_on(day: date, *, born: date) -> int:
    """Whole years on a day; somebody born on 29 February becomes older on 1 March of common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_plausible(born: date, *, today: date) -> bool:
    """Whether somebody alive can be born on this day."""
    return born <= today and years_on(today, born=born) < YEARS_MAX
