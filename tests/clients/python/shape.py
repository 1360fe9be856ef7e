"""The shape of an answer: its JSON beside what the client made of it, down to the last field."""

import datetime
import functools
import re

from metal_python import models

import presence

_LIST = re.compile(r"list\[(.*)\]")
_DICT = re.compile(r"dict\(([^,]*), (.*)\)")
# `int("3")` and `bool("false")` would parse, too: hence the JSON's own type counts.
_JSON_TYPES = {"str": (str,), "int": (int,), "bool": (bool,), "float": (int, float)}


def complaints(declared, raw, parsed):
    """What is wrong with an answer of the declared type, each with its place."""
    if raw is None and parsed is None and declared in presence.NULL_WHEN_EMPTY:
        return []
    return list(_any(declared, raw, parsed, "answer"))


@functools.cache
def required(model):
    """The attributes that the client does not take when they are null."""
    blank = model.__new__(model)
    return frozenset(name for name in model.swagger_types if _refuses_none(blank, name))


def _refuses_none(blank, name):
    try:
        setattr(blank, name, None)
    except ValueError as refusal:
        return "must not be `None`" in str(refusal)
    return False


def _any(declared, raw, parsed, place):
    if raw is None or parsed is None:
        yield f"{place} is null"
    elif declared == "datetime":
        yield from _time(raw, parsed, place)
    elif declared in _JSON_TYPES:
        yield from _primitive(declared, raw, parsed, place)
    elif matched := _LIST.fullmatch(declared):
        yield from _list(matched[1], raw, parsed, place)
    elif matched := _DICT.fullmatch(declared):
        yield from _dict(matched[2], raw, parsed, place)
    else:
        yield from _model(getattr(models, declared), raw, parsed, place)


def _primitive(declared, raw, parsed, place):
    if type(raw) not in _JSON_TYPES[declared]:
        yield f"{place} is {raw!r}, which is no {declared}"
    elif parsed != raw:
        yield f"{place} is {raw!r}, and was read as {parsed!r}"


def _time(raw, parsed, place):
    if not isinstance(parsed, datetime.datetime):
        yield f"{place} is {raw!r}, and was read as {parsed!r}"
    elif parsed.tzinfo is None or parsed != datetime.datetime.fromisoformat(raw):
        yield f"{place} is {raw!r}, and was read as {parsed.isoformat()}"


def _list(declared, raw, parsed, place):
    if not isinstance(raw, list) or not isinstance(parsed, list) or len(raw) != len(parsed):
        yield f"{place} is {raw!r}, and was read as {parsed!r}"
        return
    for index, (one, other) in enumerate(zip(raw, parsed)):
        yield from _any(declared, one, other, f"{place}[{index}]")


def _dict(declared, raw, parsed, place):
    if not isinstance(raw, dict) or not isinstance(parsed, dict) or raw.keys() != parsed.keys():
        yield f"{place} is {raw!r}, and was read as {parsed!r}"
        return
    for key, one in raw.items():
        yield from _any(declared, one, parsed[key], f"{place}[{key!r}]")


def _model(model, raw, parsed, place):
    if not model.swagger_types:
        # The client leaves a model without fields as it came.
        if (raw, parsed) != ({}, {}):
            yield f"{place} is {raw!r}, and was read as {parsed!r}"
        return
    if not isinstance(raw, dict) or type(parsed) is not model:
        yield f"{place} is {raw!r}, and was read as {parsed!r}"
        return
    for key in sorted(raw.keys() - set(model.attribute_map.values())):
        if (model.__name__, key) not in presence.BEYOND_THE_CLIENT:
            yield f"{place}.{key} is not known to {model.__name__}"
    needed = required(model) | presence.ALWAYS.get(model.__name__, frozenset())
    for name, declared in model.swagger_types.items():
        key = model.attribute_map[name]
        if raw.get(key) is not None:
            yield from _any(declared, raw[key], getattr(parsed, name), f"{place}.{key}")
        elif name in needed:
            yield f"{place}.{key} is null or missing"
