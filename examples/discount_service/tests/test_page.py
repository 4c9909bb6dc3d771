"""The page in headless Chromium, in each language: a deal goes in by the address, decision and working come out."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from discount_service.tokens import issue
from serving import CALLERS, KEY, Served

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
DEAL = {"product": "MT-3", "quantity": "4", "price": "160", "date": "2026-03-02"}


def seen(service: Served, folder: Path, who: str, **query: str) -> str:
    """The page as a person sees it, once the answer is there."""
    assert CHROMIUM is not None
    address = f"http://127.0.0.1:{service.port}/?{urlencode(DEAL | query)}#token={issue(CALLERS[who], KEY, seconds=600)}"
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--virtual-time-budget=10000", "--dump-dom"]
    done = subprocess.run([CHROMIUM, *options, address], capture_output=True, timeout=120, check=True)
    return done.stdout.decode()


SAID = {
    "en": ("May I give this price?", "Needs approval", "Head of sales", "The invoice price held against it", "What stands against it"),
    "zh-CN": ("这个价格能报吗？", "须报批", "销售总监", "最低毛利率", "超出授权之处"),
    "zh-TW": ("這個價格能報嗎？", "須簽核", "销售总监", "計算過程", "超出授權之處"),
}


@needs_chromium
@pytest.mark.parametrize("language", SAID)
def test_decision_and_working(service: Served, tmp_path: Path, language: str) -> None:
    """The page tells verdict, level, prices, what stands against the deal, and the working, in the reader's language."""
    page = seen(service, tmp_path, "rep_open", lang=language)
    assert f'<html lang="{language}">' in page
    for text in SAID[language]:
        assert text in page
    assert 'class="verdict needs_approval"' in page
    assert "752.00 CNY" in page
    assert "14.89%" in page
    assert '<ul class="working">' in page
    assert "510.52" in page  # the cost of 4
    assert service.shelf.current.hash in page
    assert "problem" not in page


@needs_chromium
def test_redacted_page(service: Served, tmp_path: Path) -> None:
    """A representative sees the verdict, and neither the working nor a cost."""
    page = seen(service, tmp_path, "rep", lang="zh-CN")
    assert 'class="verdict needs_approval"' in page
    assert "计算过程仅对可查阅成本和限价的人员开放。" in page
    assert "510.52" not in page
    assert 'class="working"' not in page


@needs_chromium
def test_problems_on_the_page(service: Served, tmp_path: Path) -> None:
    """A deal that cannot be judged is answered by the message and code of the library."""
    page = seen(service, tmp_path, "rep", lang="zh-CN", quantity="0")
    assert 'class="problem"' in page
    assert "[pricing.quantity]" in page


def test_nothing_from_elsewhere(service: Served) -> None:
    """The page takes nothing from other hosts, and its browser would refuse to."""
    for address in ("/", "/page.js", "/page.css"):
        response = service.client.get(address)
        assert response.status_code == 200
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "http://" not in response.text
        assert "https://" not in response.text
        assert "<script>" not in response.text


def test_every_word_in_every_language(service: Served) -> None:
    """The words of the page are there in all three languages."""
    script = service.client.get("/page.js").text
    words = script[script.index("const WORDS") : script.index("};")]
    keys = [set(_keys(part)) for part in (words.split('"zh-CN": {')[0], words.split('"zh-CN": {')[1].split('"zh-TW": {')[0], words.split('"zh-TW": {')[1])]
    assert keys[0] - {"en"} == keys[1] == keys[2]


def _keys(text: str) -> list[str]:
    import re

    return re.findall(r"(?:^|[{,\s])(\w+): [\"{]", text)
