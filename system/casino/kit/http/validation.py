"""One shape for every request that does not fit its model; what was sent is never echoed."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from casino.kit.errors import ValidationFailed

M = TypeVar("M", bound=BaseModel)


def validation_failed(errors: Sequence[Any]) -> ValidationFailed:
    """The refusal for pydantic's `errors()`."""
    listed = [{"loc": list(error["loc"]), "msg": error["msg"], "type": error["type"]} for error in errors]
    first = listed[0]
    where = ".".join(str(part) for part in first["loc"]) or "request"
    more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
    return ValidationFailed(f"{where}: {first['msg']}{more}", errors=listed)


def read_json(body: bytes, model: type[M]) -> M:
    """The body as its model, or 422."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        errors = [
            dict(problem, loc=("body", *problem["loc"])) for problem in error.errors(include_input=False)
        ]
        raise validation_failed(errors) from error
