"""What rewards refuse."""

from casino.kit.errors import Conflict, NotFound


class AlreadyGranted(Conflict):
    """The source gave this to the user before; nothing was given now."""

    code, title = "already_granted", "Already given"


class TemplateNotFound(NotFound):
    code, title = "reward_template_not_found", "No such reward"


class CodeNotFound(NotFound):
    """No such code, or not in its time: whoever guesses learns no more."""

    code, title = "redeem_code_not_found", "No such code"


class CodeExhausted(Conflict):
    code, title = "redeem_code_exhausted", "Code used up"


class AlreadyRedeemed(Conflict):
    code, title = "already_redeemed", "Already redeemed"
