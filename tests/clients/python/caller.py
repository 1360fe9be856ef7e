"""A caller: somebody who signs with one key, and looks closely at every answer."""

import json
import types

import metal_python.rest
from metal_python.driver import Driver

import check
import operation
import shape


class Caller:
    """The client with one HMAC user and key."""

    def __init__(self, url, user, key):
        self._client = Driver(url, None, key, hmac_user=user).client
        self._declared = None
        inner = self._client.call_api

        def call_api(*arguments, **options):
            self._declared = options["response_type"]
            return inner(*arguments, **options)

        self._client.call_api = call_api

    def call(self, status, method, *arguments, **options):
        """Calls, and checks the exact status and the whole shape of what came. Returns what the client made of it."""
        name = method.__qualname__
        try:
            parsed = operation.bound(method, self._client)(*arguments, **options)
        except metal_python.rest.ApiException as refusal:
            raise check.Failure(f"{name} was refused: {refusal.status} {refusal.body}") from refusal
        except ValueError as refusal:
            answer = self._client.last_response
            raise check.Failure(f"{name}: the client refuses to read: {refusal}\n{answer.data}") from refusal
        answer = self._client.last_response
        check.equal(status, answer.status, f"status of {name}")
        found = shape.complaints(self._declared, json.loads(answer.data), parsed)
        check.equal([], found, f"complaints about the answer of {name}")
        return parsed

    def refused(self, status, message, method, *arguments, **options):
        """Calls, and checks the exact status and message of the refusal, which the client's own type must read."""
        name = method.__qualname__
        try:
            parsed = operation.bound(method, self._client)(*arguments, **options)
        except metal_python.rest.ApiException as refusal:
            check.equal(status, refusal.status, f"status of {name}, which said {refusal.body}")
            self._check_envelope(name, refusal, message)
        else:
            raise check.Failure(f"{name} was to be refused with {status}, and answered {parsed}")

    def refused_outside_of_envelope(self, status, body, method, *arguments):
        """Calls, and checks a refusal that is no error of the API: one JSON string."""
        name = method.__qualname__
        try:
            operation.bound(method, self._client)(*arguments)
        except metal_python.rest.ApiException as refusal:
            check.equal((status, body), (refusal.status, json.loads(refusal.body)), f"refusal of {name}")
        else:
            raise check.Failure(f"{name} was to be refused with {status}")

    def missing(self, what, method, *arguments, **options):
        """Calls an operation that is not there yet."""
        self.refused(501, f"this server does not implement {what} yet", method, *arguments, **options)

    def _check_envelope(self, name, refusal, message):
        # One JSON string whose content is the JSON object.
        declared = "HttperrorsHTTPErrorResponse"
        try:
            content = json.loads(refusal.body)
            check.equal(str, type(content), f"type of the envelope of {name}")
            raw = json.loads(content)
            error = self._client.deserialize(types.SimpleNamespace(data=content), declared)
        except ValueError as unread:
            raise check.Failure(f"{name}: the client cannot read {refusal.body}: {unread}") from unread
        check.equal([], shape.complaints(declared, raw, error), f"complaints about the error of {name}")
        check.equal((refusal.status, message), (error.statuscode, error.message), f"error of {name}")
