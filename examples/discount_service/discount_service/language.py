"""The reader's language: the locale of salesrules that suits an ``Accept-Language`` header best.

>>> [locale_for(header) for header in ("zh-CN,zh;q=0.9,en;q=0.8", "fr, zh-Hant;q=0.7, en;q=0.5", "zh-HK", "fr", "", "en;q=0, zh", "en;q=x, zh;q=0.1")]
['zh_CN', 'zh_TW', 'zh_TW', 'en', 'en', 'zh_CN', 'zh_CN']
"""

__all__ = ["TAGS", "locale_for"]

TAGS = {"en": "en", "zh_CN": "zh-CN", "zh_TW": "zh-TW"}
"""Each locale as a language tag, the first one for who reads none of them."""

_WRITTEN_TRADITIONALLY = {"tw", "hk", "mo", "hant"}


def locale_for(header: str) -> str:
    """The locale of the language that a reader wants most, of those that there are."""
    wanted = sorted(map(_weighed, header.split(",")), key=lambda one: -one[1])
    found = (_locale(tag) for tag, weight in wanted if weight > 0)
    return next((locale for locale in found if locale), next(iter(TAGS)))


def _weighed(item: str) -> tuple[str, float]:
    tag, _, weight = item.partition(";")
    try:
        return tag.strip().lower(), float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return tag.strip().lower(), 0.0


def _locale(tag: str) -> str | None:
    language, *others = tag.split("-")
    if language == "zh":
        return "zh_TW" if _WRITTEN_TRADITIONALLY & {*others} else "zh_CN"
    return "en" if language == "en" else None
