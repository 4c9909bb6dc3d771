"""Errors as ``application/problem+json`` (RFC 9457), with the library's codes, paths and parameters, in the reader's language.

============================================ ======
the body is no JSON                          400
no token, or one that is not good            401
the token is good, but does not open this    403
the rules of that day are not in force       409
the body is too large                        413
the facts are wrong                          422
the rules themselves cannot answer           503
============================================ ======
"""

import logging
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from salesrules.errors import NotInForce, PolicyError, SalesRulesError
from salesrules.text import error_message
from salesrules.text.catalog import placeholders

from .language import TAGS, locale_for

__all__ = ["MEDIA_TYPE", "MESSAGES", "Refusal", "install", "like", "problem"]

MEDIA_TYPE = "application/problem+json"
MESSAGES: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "messages.toml").read_text(encoding="utf-8"))
TITLES = {400: "Bad Request", 403: "Forbidden", 409: "Conflict", 422: "Unprocessable Content", 503: "Service Unavailable"}
LONGEST_SHOWN = 60
LOG = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that the service itself refuses.

    Args:
        status: of HTTP.
        code: a key of `MESSAGES`.
        path: the offending place in the body.
        headers: further headers of the answer.
        params: what the message shows.
    """

    def __init__(self, status: int, code: str, /, *, path: str = "", headers: Mapping[str, str] | None = None, **params: Any) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.path = path
        self.headers = dict(headers or {})
        self.params = params

    def message(self, locale: str) -> str:
        """What it says in a locale."""
        return MESSAGES[self.code][locale].format(**self.params)


def problem(error: Refusal | SalesRulesError, locale: str, *, status: int, faults: tuple[Refusal, ...] = ()) -> JSONResponse:
    """The answer that tells an error."""
    if isinstance(error, Refusal):
        detail, title, headers = error.message(locale), MESSAGES[error.code]["title"], error.headers
    else:
        detail, title, headers = error_message(error, locale), TITLES[status], {}
    content = {
        "type": f"urn:salesrules:problem:{error.code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": error.code,
        "path": error.path,
        "params": _shown(error.params),
        "errors": [{"code": fault.code, "path": fault.path, "detail": fault.message(locale), "params": _shown(fault.params)} for fault in faults],
    }
    return JSONResponse(content, status, {**headers, "Content-Language": TAGS[locale], "Vary": "Accept-Language"}, MEDIA_TYPE)


def _shown(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items()}


def install(app: FastAPI) -> None:
    """Have an application tell every error as a problem."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(SalesRulesError, _library)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failure)


def _locale(request: Request) -> str:
    return locale_for(request.headers.get("accept-language", ""))


async def _refusal(request: Request, error: Any) -> JSONResponse:
    return problem(error, _locale(request), status=error.status)


async def _library(request: Request, error: Any) -> JSONResponse:
    if isinstance(error, PolicyError):
        LOG.error("the policy cannot answer: %s", error)
        return problem(Refusal(503, "service.rules", path=error.path, reason=error.code), _locale(request), status=503)
    return problem(error, _locale(request), status=409 if isinstance(error, NotInForce) else 422)


async def _validation(request: Request, error: Any) -> JSONResponse:
    faults = tuple(map(_fault, error.errors()))
    if faults[0].status != 422:
        return problem(faults[0], _locale(request), status=faults[0].status)
    whole = faults[0] if len(faults) == 1 else Refusal(422, "service.body", count=len(faults))
    return problem(whole, _locale(request), status=422, faults=faults)


def _fault(told: dict[str, Any]) -> Refusal:
    """One fault that pydantic found, in the words of the service."""
    kind, context, place, given = told["type"], told.get("ctx", {}), told["loc"][1:], told.get("input")
    if kind == "json_invalid":
        return Refusal(400, "service.json", reason=context["error"])
    value = repr(given) if len(repr(given)) <= LONGEST_SHOWN else f"{repr(given)[:LONGEST_SHOWN]}…"
    if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
        kind = "number"
    code, params = _FAULTS.get(kind, ("service.value", lambda told: {"reason": told["msg"]}))
    shown = {"value": value, "key": str(place[-1]) if place else "", **params(context if kind in _FAULTS else told)}
    return Refusal(422, code, path=_path(place), **{name: shown[name] for name in placeholders(MESSAGES[code]["en"])})


_FAULTS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "number": ("service.number", lambda context: {}),
    "missing": ("service.missing", lambda context: {}),
    "extra_forbidden": ("service.unknown", lambda context: {}),
    "string_pattern_mismatch": ("service.text", lambda context: {"example": _EXAMPLES[context["pattern"]]}),
    "date_from_datetime_parsing": ("service.text", lambda context: {"example": '"2026-11-30"'}),
    "date_type": ("service.text", lambda context: {"example": '"2026-11-30"'}),
    "literal_error": ("service.choice", lambda context: {"expected": context["expected"]}),
    "string_too_long": ("service.too_long", lambda context: {"most": context["max_length"]}),
    "too_long": ("service.too_many", lambda context: {"most": context["max_length"]}),
}
"""What each kind of fault of pydantic is called here, and what its message shows."""

_EXAMPLES: dict[str, str] = {}


def like(pattern: str, example: str) -> str:
    """A pattern, remembered with what such text looks like."""
    _EXAMPLES[pattern] = example
    return pattern


def _path(place: tuple[int | str, ...]) -> str:
    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return told.removeprefix(".")


async def _http(request: Request, error: Any) -> JSONResponse:
    if error.status_code == 405:
        told = Refusal(405, "service.method", headers=error.headers, method=request.method)
    elif error.status_code == 404:
        told = Refusal(404, "service.not_found")
    else:
        told = Refusal(error.status_code, "service.json", reason=str(error.detail))
    return problem(told, _locale(request), status=told.status)


async def _failure(request: Request, error: Exception) -> JSONResponse:
    return problem(Refusal(500, "service.failed"), _locale(request), status=500)
