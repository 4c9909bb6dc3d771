"""The addresses of the service. Each takes the rules in force when the request begins, and keeps them to its end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from salesrules.pricing import decide, further_discount, lowest_price

from . import facts, models, problems, tokens
from .language import TAGS, locale_for
from .limits import MOST_IN_ROOM, Bounded
from .policies import Edition, Shelf
from .problems import MEDIA_TYPE, Refusal
from .settings import Settings
from .tokens import Caller

__all__ = ["create"]

PAGE = Path(__file__).parent / "page"
POLICY_OF_CONTENT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token signed with HS256; `python -m discount_service.token` issues one.")


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {status: {"description": "A problem", "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def edition_of(request: Request) -> Edition:
    """The rules in force as the request begins."""
    shelf: Shelf = request.app.state.shelf
    return shelf.current


async def caller_of(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Caller:
    """Who asks."""
    if sent is None:
        raise tokens.refused("service.token_missing")
    return tokens.read(sent.credentials, request.app.state.settings.key)


async def language_of(accept_language: Annotated[str, Header(description="en, zh-CN or zh-TW")] = "") -> str:
    """The reader's language."""
    return locale_for(accept_language)


Asking = Annotated[Caller, Depends(caller_of)]
Language = Annotated[str, Depends(language_of)]


def _told(content: dict[str, Any], locale: str) -> JSONResponse:
    headers = {"Content-Language": TAGS[locale], "Vary": "Accept-Language, Authorization", "Cache-Control": "no-store"}
    return JSONResponse(content, headers=headers)


def create(settings: Settings | None = None) -> FastAPI:
    """The application.

    Args:
        settings: how it is set up; as the environment says where left out.

    Raises:
        Misconfigured: without a key, or with one that is too short.
        Faults: where the rules are wrong.
        OSError: where they cannot be read.
    """
    made = settings if settings is not None else Settings.of(os.environ)

    @asynccontextmanager
    async def watched(app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(app.state.shelf.watch(made.look_every))
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    app = FastAPI(
        title="Discount service",
        version="1",
        summary="A quote, a price policy, a person and a date become a decision.",
        lifespan=watched,
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings, app.state.shelf = made, Shelf(made.policy, made.articles)
    app.add_middleware(Bounded)
    problems.install(app)
    _route(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _route(app: FastAPI) -> None:
    @app.post("/decisions", response_model=models.Answer, responses=_problems(400, 401, 403, 409, 413, 422, 503))
    def decisions(request: Request, caller: Asking, locale: Language, body: models.QuoteBody, wish: Annotated[models.Wish, Query()]) -> JSONResponse:
        """Judge a quote: allowed, needs a level, or refused, with everything that stands against it that the caller may know.

        With ``show=text`` or ``show=html`` the answer also holds the price approval form, and the working where it is open.
        """
        edition = edition_of(request)
        actor, audience = facts.actor_of(caller, edition), facts.audience_of(caller, edition)
        decision = decide(edition.policy, facts.quote_of(body, caller, edition), actor=actor)
        return _told(facts.answer(decision, audience, edition, wish.show, locale), locale)

    @app.post("/room", response_model=models.Room, responses=_problems(400, 401, 403, 409, 413, 422, 503))
    def room(request: Request, caller: Asking, locale: Language, body: models.RoomBody) -> JSONResponse:
        """How low the caller may go with a line, and how much may still be taken off it, the other lines as they are.

        Only for an audience that may know whatever could be worked out of the answer.
        """
        edition = edition_of(request)
        actor, audience = facts.actor_of(caller, edition), facts.audience_of(caller, edition)
        hidden = facts.room_hides(audience, edition.policy)
        if hidden:
            raise Refusal(403, "service.room_closed", audience=audience.id, hidden=", ".join(hidden))
        if len(body.quote.lines) > MOST_IN_ROOM:
            raise Refusal(422, "service.too_many", path="quote.lines", most=MOST_IN_ROOM)
        quote = facts.quote_of(body.quote, caller, edition)
        lowest, further = (find(edition.policy, quote, body.line, actor=actor) for find in (lowest_price, further_discount))
        told = {"line": body.line, "level": actor.level, "lowest_price": facts.money(lowest), "further_discount": facts.money(further)}
        return _told({**told, "policy": facts.ruling(edition)}, locale)

    @app.get("/policy", response_model=models.PolicyShown, responses=_problems(401, 403))
    def policy(request: Request, caller: Asking, locale: Language) -> JSONResponse:
        """The policy in force; the whole document for an audience to whom everything is open."""
        edition = edition_of(request)
        return _told(facts.shown(edition, facts.audience_of(caller, edition), datetime.now(UTC).date()), locale)

    @app.get("/health", response_model=models.Health)
    async def health(request: Request) -> JSONResponse:
        """Whether the service answers, by which rules, and whether newer ones were refused."""
        return JSONResponse(facts.health(request.app.state.shelf), headers={"Cache-Control": "no-store"})

    for address, name in (("/", "index.html"), ("/page.js", "page.js"), ("/page.css", "page.css")):
        app.add_api_route(address, _file(name), include_in_schema=False)


def _file(name: str) -> Any:
    async def file() -> FileResponse:
        headers = {"Content-Security-Policy": POLICY_OF_CONTENT, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        return FileResponse(PAGE / name, headers=headers)

    return file


def _problem_only(answer: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """An answer without the shape that the framework would give to an error."""
    status, told = answer
    kept = {kind: shape for kind, shape in told["content"].items() if kind == MEDIA_TYPE or status == "200"}
    return status, told | {"content": kept}


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the problem that every error is told as."""
    if app.openapi_schema is None:
        told = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schema = models.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        told["components"]["schemas"] |= {**schema.pop("$defs"), "Problem": schema}
        for unused in ("HTTPValidationError", "ValidationError"):
            told["components"]["schemas"].pop(unused, None)
        for operation in [operation for path in told["paths"].values() for operation in path.values()]:
            operation["responses"] = {status: answer for status, answer in map(_problem_only, operation["responses"].items()) if answer["content"]}
        app.openapi_schema = told
    return app.openapi_schema
