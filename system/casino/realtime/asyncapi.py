"""The AsyncAPI 3 document of the socket, made from the models that the code sends."""

from inspect import cleandoc
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from casino import __version__
from casino.realtime.rules import FRAME_BYTES_MAX, MEANING, SOCKETS_A_USER_MAX
from casino.realtime.schemas import FOLLOWED, PLAYED, SENT, TAKEN, WATCHED

_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"
_CHANNELS = "#/channels/"

_TOKENS = "The token also goes as `Authorization: Bearer <token>` or as the subprotocols `bearer, <token>`."
_ALL_SENT = tuple(dict.fromkeys((*SENT, *FOLLOWED, *PLAYED, *WATCHED)))

_DESCRIPTION = f"""\
Everything that happens to a user, told once and in order.

Each event has the user's next number as its `id`. Keep the last one and reconnect with `last_event_id`: all
since follows once, in order, at least the last 500 events or 10 minutes. A larger gap or an unknown one gets
`resumed: false` and `initial_state`, whose `id` is the position to go on from. An event is delivered at least
once; drop an `id` that is not above the last one. A message without a number is about the socket itself.

A client may send `ping` and `pong`, in text frames of at most {FRAME_BYTES_MAX} bytes. A user may have
{SOCKETS_A_USER_MAX} sockets open in a process. A socket is accepted before its token is looked at, so that a
browser sees the code it is closed with.
"""


def asyncapi_yaml() -> str:
    """The document as it stands in contracts/asyncapi.yaml."""
    return yaml.dump(document(), Dumper=_Readable, sort_keys=False, allow_unicode=True, width=110)


def document() -> dict[str, Any]:
    """The document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""
    sent, taken, followed, played, watched = (
        [_key(model) for model in models] for models in (SENT, TAKEN, FOLLOWED, PLAYED, WATCHED)
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Casino-Club realtime", "version": __version__, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"casino": {"host": "localhost:8000", "protocol": "ws", "security": _security()}},
        "channels": {
            "sync": _sync(sent + taken),
            "notifications": _notifications(followed + taken),
            "games": _games(played + taken),
            "floor": _floor(watched + taken),
        },
        "operations": {
            "tell": _operation("sync", "send", "The server tells the user what happened.", sent),
            "hear": _operation("sync", "receive", "What a client may send.", taken),
            "notify": _operation(
                "notifications", "send", "The server tells the user's notifications.", followed
            ),
            "hearFollower": _operation("notifications", "receive", "What a client may send.", taken),
            "play": _operation("games", "send", "The server tells the user's own rounds.", played),
            "hearPlayer": _operation("games", "receive", "What a client may send.", taken),
            "watch": _operation("floor", "send", "The server tells an admin everybody's rounds.", watched),
            "hearWatcher": _operation("floor", "receive", "What a client may send.", taken),
        },
        "components": {
            "messages": {_key(model): _message(model) for model in (*_ALL_SENT, *TAKEN)},
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "token": {"type": "httpApiKey", "in": "query", "name": "token"},
                "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket"},
            },
        },
    }


def _key(model: type[BaseModel]) -> str:
    return model.__name__[0].lower() + model.__name__[1:]


def _security() -> list[dict[str, str]]:
    return [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("bearer", "token", "ticket")]


def _sync(messages: list[str]) -> dict[str, Any]:
    return {"address": "/api/realtime/sync", "description": _TOKENS, **_channel(messages)}


def _notifications(messages: list[str]) -> dict[str, Any]:
    followed = (
        "A view of the hub: the user's notifications alone, each under its kind as type; ids have gaps. "
    )
    user_id = {"description": "The user; another than the token's is closed with 4403."}
    return {
        "address": "/ws/notifications/{user_id}",
        "description": followed + _TOKENS,
        "parameters": {"user_id": user_id},
        **_channel(messages),
    }


def _games(messages: list[str]) -> dict[str, Any]:
    about = "A view of the hub: the user's own rounds, totals and sittings alone; ids have gaps. "
    return {"address": "/api/games/ws", "description": about + _TOKENS, **_channel(messages)}


def _floor(messages: list[str]) -> dict[str, Any]:
    about = (
        "For admins: a snapshot first, then the rounds of all players as they settle, without numbers and not "
        "replayed; a busy floor is shown in part. Another role is closed with 4403. "
    )
    return {"address": "/api/games/ws/monitor", "description": about + _TOKENS, **_channel(messages)}


def _channel(messages: list[str]) -> dict[str, Any]:
    query = {
        "type": "object",
        "properties": {
            "last_event_id": {"type": "integer", "minimum": 0, "description": "Resume after this event."},
            "token": {"type": "string", "description": "An access token, where no header can be set."},
            "ticket": {"type": "string", "description": "A one-time ticket of POST /api/auth/ws-ticket."},
        },
    }
    return {
        "messages": {key: {"$ref": _MESSAGES + key} for key in messages},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(int(code)): meaning for code, meaning in MEANING.items()},
    }


def _operation(channel: str, action: str, summary: str, messages: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": _CHANNELS + channel},
        "messages": [{"$ref": f"{_CHANNELS}{channel}/messages/{key}"} for key in messages],
    }


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": _name(model),
        "summary": cleandoc(model.__doc__ or ""),
        "payload": {"$ref": _SCHEMAS + model.__name__},
    }


def _name(model: type[BaseModel]) -> str:
    names = get_args(model.model_fields["type"].annotation)
    return str(names[0]) if len(names) == 1 else model.__name__


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only say a member's name again."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  # pydantic's signature
        return False


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as they read."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _write_text)


def _schemas() -> dict[str, Any]:
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in _ALL_SENT]
    modes += [(model, "validation") for model in TAKEN]
    _, schema = models_json_schema(modes, ref_template=_SCHEMAS + "{model}", schema_generator=_Untitled)
    definitions: dict[str, Any] = schema["$defs"]
    return dict(sorted(definitions.items()))
