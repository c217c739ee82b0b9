"""What a name, a nickname, a phone number, an invite code and a password must look like."""

import re
import unicodedata

SITE_ID_PATTERN = r"^[a-z0-9_.-]{3,32}$"
PHONE_NUMBER_PATTERN = r"^\+?[0-9]{8,15}$"
INVITE_CODE_PATTERN = r"^[A-Za-z0-9-]{4,32}$"
NICKNAME_LENGTH_MIN, NICKNAME_LENGTH_MAX = 2, 20
PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX = 8, 128

# Control characters, and those that cannot be seen or that turn the text around: two names must not look
# alike by them.
_UNSEEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
NICKNAME_PATTERN = rf"^[^\s{_UNSEEN}]+( [^\s{_UNSEEN}]+)*$"

_DISTINCT_MIN = 5
_NAME_LENGTH_MIN = 4  # a shorter name turns up in a password by chance
_COMMON_WORDS = """
    password passwort passw pass qwerty qwertz azerty asdf letmein welcome admin administrator login
    root user test guest master dragon monkey football baseball sunshine princess iloveyou shadow
    superman batman trustno hello changeme secret casino casinoclub
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ROWS = (
    "0123456789" * 4,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)


def is_invite_code(text: str) -> bool:
    """Whether the text has the form of an invite code."""
    return re.fullmatch(INVITE_CODE_PATTERN, text) is not None


def folded(nickname: str) -> str:
    """The form in which two nicknames that read the same are equal (Unicode NFKC, case folded)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", nickname).casefold())


def digits(phone_number: str) -> str:
    """The number without its leading plus: the form in which it is stored and compared."""
    return phone_number.removeprefix("+")


def remedies(password: str, *, site_id: str, nickname: str) -> list[str]:
    """What makes the password weak, each as what to do about it; empty when it is strong enough.

    After NIST SP 800-63B, 5.1.1.2: length, no list of wanted character classes, nothing common or derived
    from the account.
    """
    lowered = password.casefold()
    letters = "".join(character for character in lowered if character.isalpha())
    names = [name.casefold() for name in (site_id, nickname) if len(name) >= _NAME_LENGTH_MIN]
    found = []
    if len(password) < PASSWORD_LENGTH_MIN:
        found.append(f"Use at least {PASSWORD_LENGTH_MIN} characters; this has {len(password)}.")
    if len(set(password)) < _DISTINCT_MIN:
        found.append(f"Use at least {_DISTINCT_MIN} different characters.")
    if any(name in lowered for name in names):
        found.append("Leave your name and nickname out of it.")
    if letters in _COMMON:
        found.append("Use something less common: this is among the first that are guessed.")
    if any(lowered in row or lowered in row[::-1] for row in _ROWS):
        found.append("Use something other than a row of the keyboard or of the alphabet.")
    return found
