"""The operations of the client: which there are, and which were called."""

import inspect

import metal_python.api

_VARIANT = "_with_http_info"
_called = set()


def all_of_them():
    """Every public operation of every class in `metal_python.api`, as `Class.method`."""
    return {
        f"{group}.{name}"
        for group, methods in inspect.getmembers(metal_python.api, inspect.isclass)
        for name, _ in inspect.getmembers(methods, inspect.isfunction)
        if not name.startswith("_") and not name.endswith(_VARIANT)
    }


def bound(operation, client):
    """The operation, ready to be called with this client. It counts as called."""
    group, name = operation.__qualname__.split(".")
    _called.add(operation.__qualname__)
    return getattr(getattr(metal_python.api, group)(client), name)


def never_called():
    """What is there and was not called, in order."""
    return sorted(all_of_them() - _called)
