"""Bodies that cannot be judged: each a problem with its code, its path and a message in the reader's language, never a guess."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from discount_service.limits import MOST_BYTES, MOST_IN_ROOM, MOST_LINES
from serving import Served, headers, quote


@pytest.mark.parametrize("number", [88.5, 88, 88.0, 0.1 + 0.2, 1e3])
@pytest.mark.parametrize(
    "path", ["lines[0].price", "lines[0].quantity", "lines[0].list_price", "lines[0].free", "freight", "rebate", "lines[0].discounts[0].amount"]
)
def test_numbers_are_refused(service: Served, path: str, number: float) -> None:
    """A JSON number where money, a rate or a quantity belongs is refused, never rounded."""
    line: dict[str, Any] = {}
    body = quote(line)
    place: dict[str, Any] = body["lines"][0] if path.startswith("lines") else body
    if "discounts" in path:
        place["discounts"] = [{"id": "x", "amount": number}]
    else:
        place[path.rpartition(".")[2]] = number
    told = service.refuse(422, json=body)
    assert (told["code"], told["path"], told["params"]["value"]) == ("service.number", path, repr(number))


WRONG: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"price": "NaN"}, {}, "service.text", "lines[0].price"),
    ({"price": "1e9"}, {}, "service.text", "lines[0].price"),
    ({"price": "-1"}, {}, "service.text", "lines[0].price"),
    ({"price": "８８"}, {}, "service.text", "lines[0].price"),
    ({"price": "1" * 40}, {}, "service.text", "lines[0].price"),
    ({"quantity": "0"}, {}, "pricing.quantity", "line 1.quantity"),
    ({"quantity": "1/0"}, {}, "service.text", "lines[0].quantity"),
    ({"quantity": None}, {}, "service.value", "lines[0].quantity"),
    ({"free": "-1"}, {}, "pricing.free", "line 1.free"),
    ({"unit": "barrel"}, {}, "pricing.unit_unknown", "unit"),
    ({"product": "MT-4"}, {}, "service.article", "lines[0].product"),
    ({"cost": "1.00"}, {}, "service.unknown", "lines[0].cost"),
    ({"category": "alarm"}, {}, "service.unknown", "lines[0].category"),
    ({"id": " "}, {}, "service.text", "lines[0].id"),
    ({"id": "a\u0000b"}, {}, "service.text", "lines[0].id"),
    ({"id": "x" * 101}, {}, "service.too_long", "lines[0].id"),
    ({"discounts": [{"id": "x"}]}, {}, "pricing.discount_terms", "discount x"),
    ({"discounts": [{"id": "x", "rate": "5%", "price": "3"}]}, {}, "pricing.discount_terms", "discount x"),
    ({"discounts": [{"id": "x", "rate": "5%", "zhe": "八折"}]}, {}, "pricing.discount_terms", "discount x"),
    ({"discounts": [{"id": "x", "rate": "120%"}]}, {}, "pricing.discount_rate", "discount x"),
    ({"discounts": [{"id": "x", "zhe": "对对对"}]}, {}, "rate.zhe", ""),
    ({"discounts": [{"id": "x", "rate": "5%", "per": "month"}]}, {}, "service.choice", "lines[0].discounts[0].per"),
    ({"discounts": [{"id": "x", "rate": "5%"}] * 21}, {}, "service.too_many", "lines[0].discounts"),
    ({"tax": {"basis": "gross"}}, {}, "pricing.tax_rate", "rate"),
    ({"tax": {"basis": "net"}}, {}, "pricing.tax_basis", "line 1.tax"),
    ({}, {"currency": "USD"}, "service.currency", "currency"),
    ({}, {"currency": "yuan"}, "service.text", "currency"),
    ({}, {"date": "2026-02-30"}, "service.text", "date"),
    ({}, {"date": 1772409600}, "service.text", "date"),
    ({}, {"date": "2026-03-02T00:00:00"}, "service.text", "date"),
    ({}, {"lines": []}, "service.value", "lines"),
    ({}, {"lines": {}}, "service.value", "lines"),
    ({}, {"rebate": "2"}, "rate.percent", ""),
    ({}, {"colour": "red"}, "service.unknown", "colour"),
]


@pytest.mark.parametrize(("line", "terms", "code", "path"), WRONG, ids=lambda value: value if isinstance(value, str) else None)
def test_wrong_facts(service: Served, line: dict[str, Any], terms: dict[str, Any], code: str, path: str) -> None:
    """Each wrong fact has its code and its place, and says in all three languages what is the matter."""
    body = quote(line, **terms)
    details = set()
    for language in ("en", "zh-CN", "zh-TW"):
        told = service.refuse(422, json=body, headers=headers(language=language))
        assert (told["code"], told["path"]) == (code, path)
        details.add(told["detail"])
    assert len(details) == 3


def test_every_fault_at_once(service: Served) -> None:
    """Several faults are told together, each with its place."""
    body = quote({"price": 1.5, "colour": "red"}, currency="x")
    del body["id"]
    told = service.refuse(422, json=body)
    assert (told["code"], told["params"]) == ("service.body", {"count": "4"})
    assert {(fault["code"], fault["path"]) for fault in told["errors"]} == {
        ("service.number", "lines[0].price"),
        ("service.unknown", "lines[0].colour"),
        ("service.text", "currency"),
        ("service.missing", "id"),
    }


def test_two_lines_of_one_name(service: Served) -> None:
    """Lines of one name could not be told apart."""
    assert service.refuse(422, json=quote({"id": "a"}, {"id": "a"}))["code"] == "pricing.duplicate_line"


@pytest.mark.parametrize("url", ["/decisions", "/room"])
def test_days_without_a_policy(service: Served, url: str) -> None:
    """A day on which the policy is not in force is a conflict, not a price."""
    body = quote({}, date="2025-12-31")
    asked = body if url == "/decisions" else {"quote": body, "line": "1"}
    told = service.refuse(409, url=url, json=asked, headers=headers("manager", "zh-CN"))
    assert (told["code"], told["params"]["start"]) == ("timeline.before", "2026-01-01")
    assert "没有生效的版本" in told["detail"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'"quote"', b"\xff\xfe", b"[" * 100_000, b'{"id":' * 30_000, b"1" * 5000, b'{"id": NaN}', b'{"id": "\\ud800"}'],
    ids=lambda content: content[:8].hex(),
)
def test_no_quote_at_all(service: Served, content: bytes) -> None:
    """Whatever is sent, the answer is a problem."""
    response = service.client.post("/decisions", content=content, headers=headers() | {"Content-Type": "application/json"})
    assert response.status_code in {400, 422}, response.text
    assert response.json()["code"].startswith("service.")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_no_json(service: Served, media_type: str) -> None:
    """A body that does not say that it is JSON is not read as JSON."""
    assert service.refuse(422, content=json.dumps(quote({})), headers=headers() | {"Content-Type": media_type})["code"] == "service.value"


def test_ten_thousand_lines(service: Served) -> None:
    """A quote of 10,000 lines is refused before it is reckoned; as many as are allowed are judged."""
    many = [{"id": str(number), "product": "SN65", "quantity": "1"} for number in range(10_000)]
    assert service.refuse(413, json=quote(*many))["params"] == {"most": str(MOST_BYTES)}
    told = service.refuse(422, json=quote(*many[: MOST_LINES + 1]))
    assert (told["code"], told["path"], told["params"]) == ("service.too_many", "lines", {"most": str(MOST_LINES)})
    assert len(service.decide(quote(*many[:MOST_LINES]))["decision"]["lines"]) == MOST_LINES
    room = {"quote": quote(*many[: MOST_IN_ROOM + 1]), "line": "1"}
    assert service.refuse(422, url="/room", json=room, headers=headers("manager"))["params"] == {"most": str(MOST_IN_ROOM)}


def test_huge_bodies(service: Served) -> None:
    """A body that is too long is refused, whether or not it says how long it is, and without a token too."""

    def endless() -> Iterator[bytes]:
        for _ in range(2 * MOST_BYTES // 4096):
            yield b" " * 4096

    for content in (b" " * (MOST_BYTES + 1), endless()):
        response = service.client.post("/decisions", content=content, headers={"Content-Type": "application/json", "Accept-Language": "zh-TW"})
        assert response.status_code == 413
        assert response.json()["detail"] == "請求內文超過 262144 位元組；請減少每次送出的行數"
    padded = json.dumps(quote({})).encode().ljust(MOST_BYTES)
    response = service.client.post("/decisions", content=padded, headers=headers() | {"Content-Type": "application/json"})
    assert response.status_code == 200


def test_a_caller_that_hangs_up(service: Served) -> None:
    """Half a request does no harm to the next."""
    with socket.create_connection(("127.0.0.1", service.port)) as hung_up:
        hung_up.sendall(b"POST /decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    assert service.client.get("/health").status_code == 200


def test_unknown_line_of_a_room(service: Served) -> None:
    """The room of a line that the quote does not have cannot be told."""
    told = service.refuse(422, url="/room", json={"quote": quote({}), "line": "7"}, headers=headers("manager"))
    assert told["code"] == "pricing.unknown_line"


def test_other_addresses_and_methods(service: Served) -> None:
    """Unknown addresses, methods and choices are problems too."""
    assert service.refuse(404, method="GET", url="/nowhere")["code"] == "service.not_found"
    assert service.refuse(405, method="DELETE", url="/decisions")["params"] == {"method": "DELETE"}
    assert service.refuse(422, json=quote({}), params={"show": "pdf"})["code"] == "service.choice"
    assert service.refuse(422, json=quote({}), params={"shwo": "html"})["path"] == "shwo"
