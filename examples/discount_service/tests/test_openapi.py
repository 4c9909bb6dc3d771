"""The service against its own description: schemathesis sends what it allows and what it forbids."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from discount_service.app import create
from discount_service.problems import MESSAGES
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from serving import Served, headers, quote, settings_in

EXAMPLES = 40
DESCRIPTION = "/openapi.json"


OPERATIONS = [("/decisions", "POST"), ("/room", "POST"), ("/policy", "GET"), ("/health", "GET")]
CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.ignored_auth,
]
"""That whatever the description allows is accepted does not hold and is not asked: a well-formed quote may name an article that there is not."""


TRIED = [(path, method, mode) for path, method in OPERATIONS for mode in GenerationMode if mode is GenerationMode.POSITIVE or method == "POST"]


@pytest.mark.parametrize(("path", "method", "mode"), TRIED, ids=lambda value: getattr(value, "value", value))
def test_description(service: Served, path: str, method: str, mode: GenerationMode) -> None:
    """No request fails the service; every answer has a status, a type and a shape that the description names; what it forbids is refused."""
    operation = schemathesis.openapi.from_url(f"http://127.0.0.1:{service.port}{DESCRIPTION}")[path][method]

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        wrong = {place.value for place, made in case.meta.components.items() if made.mode is GenerationMode.NEGATIVE}
        refused = [checks.negative_data_rejection] if wrong & {"query", "body"} else []  # a token that is missing or wrong is replaced by a good one
        case.call_and_validate(headers=headers("finance"), checks=[*CHECKS, *refused])

    holds()


def test_every_operation_is_tried(service: Served) -> None:
    """The list above is the whole description."""
    told = service.client.get(DESCRIPTION).json()["paths"]
    assert {(path, method.upper()) for path, methods in told.items() for method in methods} == set(OPERATIONS)


def test_examples_of_the_description(service: Served) -> None:
    """The examples in the description can be sent as they stand, and their answers hold what the description names."""
    told = service.client.get(DESCRIPTION).json()
    schemas = told["components"]["schemas"]
    for name, address, who in (("QuoteBody", "/decisions", "rep"), ("RoomBody", "/room", "manager")):
        (example,) = schemas[name]["examples"]
        response = service.client.post(address, json=example, headers=headers(who))
        assert response.status_code == 200
        shape = schemas[told["paths"][address]["post"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
        assert set(response.json()) == set(shape["properties"])
    assert {"token"} == set(told["components"]["securitySchemes"])
    assert "HTTPValidationError" not in json.dumps(told)


def test_every_problem_is_described(service: Served) -> None:
    """Problems have their media type and their shape in the description."""
    told = service.client.get(DESCRIPTION).json()
    for address, method in (("/decisions", "post"), ("/room", "post"), ("/policy", "get")):
        for status, answer in told["paths"][address][method]["responses"].items():
            if status != "200":
                assert answer["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problem = service.refuse(422, json=quote({"quantity": "0"}))
    assert set(problem) == set(told["components"]["schemas"]["Problem"]["properties"])


def test_messages_are_complete() -> None:
    """Every message of the service is there in every language, with the same parameters."""
    from salesrules.text.catalog import placeholders

    for code, told in MESSAGES.items():
        assert set(told) == {"title", "en", "zh_CN", "zh_TW"}, code
        assert placeholders(told["en"]) == placeholders(told["zh_CN"]) == placeholders(told["zh_TW"]), code


def test_the_environment_sets_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings the application takes those of the environment."""
    made = settings_in(tmp_path)
    for name, value in (("TOKEN_KEY", made.key), ("POLICY", made.policy), ("ARTICLES", made.articles)):
        monkeypatch.setenv(f"SALESRULES_{name}", str(value))
    assert create().state.settings.policy == made.policy
