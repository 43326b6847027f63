"""Refusals, each written in the style of the interface that it comes from."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from snapkeep.faults import faulty

STATUS = {
    "malformed": 400,
    "missing-credentials": 401,
    "invalid-credentials": 401,
    "forbidden": 403,
    "not-found": 404,
    "unknown-route": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "conflict": 409,
    "too-large": 413,
    "unsupported-media-type": 415,
    "invalid-request": 422,
    "internal": 500,
}
CASES = {400: "malformed", 404: "unknown-route", 405: "method-not-allowed", 413: "too-large", 500: "internal"}

PLAIN = {
    "malformed": "bad_request",
    "missing-credentials": "unauthorized",
    "invalid-credentials": "unauthorized",
    "forbidden": "forbidden",
    "not-found": "not_found",
    "unknown-route": "not_found",
    "method-not-allowed": "method_not_allowed",
    "not-acceptable": "not_acceptable",
    "conflict": "conflict",
    "too-large": "payload_too_large",
    "unsupported-media-type": "unsupported_media_type",
    "invalid-request": "invalid",
    "internal": "internal_error",
}
NUMBERED = {
    "malformed": (1001, "CF-MessageParseError"),
    "missing-credentials": (10002, "CF-NotAuthenticated"),
    "invalid-credentials": (1000, "CF-InvalidAuthToken"),
    "forbidden": (10003, "CF-NotAuthorized"),
    "not-found": (10010, "CF-ResourceNotFound"),
    "unknown-route": (10000, "CF-NotFound"),
    "method-not-allowed": (10000, "CF-NotFound"),
    "internal": (10001, "UnknownError"),
}
NAMED = {
    "missing-credentials": "unauthorized",
    "invalid-credentials": "unauthorized",
    "forbidden": "forbidden",
    "not-found": "itemNotFound",
    "unknown-route": "itemNotFound",
    "method-not-allowed": "badMethod",
    "conflict": "conflict",
    "too-large": "overLimit",
    "unsupported-media-type": "badMediaType",
    "internal": "instanceFault",
}


class Refusal(Exception):
    """A request that is not served: `case` decides the status, `violations` name fields and what is wrong in each."""

    def __init__(self, case: str, detail: str, violations: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.case, self.detail, self.violations = case, detail, violations or {}


def _body(case: str, detail: str, violations: dict[str, str]) -> dict[str, Any]:
    if request.path.startswith("/v3/"):
        code, title = NUMBERED.get(case, (10008, "CF-UnprocessableEntity"))
        return {"errors": [{"code": code, "title": title, "detail": detail}]}
    if request.path.startswith("/v1.0/"):
        return {NAMED.get(case, "badRequest"): {"code": STATUS[case], "message": detail}}
    body: dict[str, Any] = {"error": PLAIN[case], "message": detail}
    if violations:
        body["violations"] = [{"field": field, "message": message} for field, message in violations.items()]
    return body


def answer_refusal(refusal: Refusal) -> Response:
    """The answer to a request that one of our handlers refused."""
    case, status = refusal.case, STATUS[refusal.case]
    if case == "invalid-request" and request.path.startswith("/v1.0/"):
        status = 400
    if faulty("html-errors"):
        return Response(
            f"<!doctype html><title>{status}</title><h1>{refusal.detail}</h1>", status, mimetype="text/html"
        )
    body = _body(case, refusal.detail, refusal.violations)
    if (faulty("soft-404") and status == 404) or (faulty("refused-with-200") and case == "invalid-request"):
        return jsonify({"success": False, **body})
    answer = jsonify(body)
    answer.status_code = status
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="snapkeep"'
    return answer


def answer_http_error(error: HTTPException) -> Response:
    """The answer where the framework gave up: no such route, no such method, too much, or a bug of ours."""
    code = error.code or 500
    case = CASES.get(code, "malformed" if code < 500 else "internal")
    answer = jsonify(_body(case, error.description or error.name, {}))
    answer.status_code = STATUS[case]
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def install(app: Flask) -> None:
    """Give an application our answers to everything that goes wrong."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
