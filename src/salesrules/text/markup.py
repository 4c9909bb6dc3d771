"""HTML that knows it is HTML, and the style of rendered sheets.

The style is dark ink on white, ruled like a ledger, figures in columns, nothing fetched from outside. Every selector starts at the sheet's
own class, so that a notebook or a host's page keeps its looks.

    >>> Html("<b>bold</b>")._repr_html_()
    '<b>bold</b>'
"""

from typing import Self

__all__ = ["FRAGMENT_STYLE", "PAGE_STYLE", "Html"]


class Html(str):
    """A string of finished HTML: notebooks show it (``_repr_html_``), template engines do not escape it again (``__html__``)."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)

    def __html__(self) -> Self:
        return self


FRAGMENT_STYLE = """
.salesrules { --ink: #1c2430; --soft: #5b6675; --rule: #c9d0d9; --wash: #f4f6f8; --accent: #1f3a5f; --minus: #9b1c1c;
  color: var(--ink); background: #fff; font: 14px/1.55 "Source Sans 3", "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; text-align: left; max-width: 60em; }
.salesrules:lang(zh-CN) { font-family: "Source Sans 3", "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif; }
.salesrules:lang(zh-TW) { font-family: "Source Sans 3", "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, "PingFang TC", "Microsoft JhengHei",
  "Noto Sans CJK TC", sans-serif; }
.salesrules *, .salesrules *::before { box-sizing: border-box; }
.salesrules .letterhead { display: flex; justify-content: space-between; align-items: baseline; gap: 2em; border-bottom: 2px solid var(--accent);
  padding-bottom: .5em; margin-bottom: 1.6em; }
.salesrules .letterhead p { margin: 0; }
.salesrules .issuer { font-weight: 600; letter-spacing: .02em; color: var(--accent); }
.salesrules .number { color: var(--soft); margin-left: auto !important; }
.salesrules h1 { font-size: 1.65em; line-height: 1.25; font-weight: 600; margin: 0 0 .9em; color: var(--ink); }
.salesrules h2 { font-size: 1em; font-weight: 600; margin: 0 0 .4em; color: var(--accent); }
.salesrules .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5em; margin: 0 0 1.8em; }
.salesrules .fields div { display: grid; grid-template-columns: 7em 1fr; gap: 1em; padding: .32em 0; border-bottom: 1px solid var(--rule); }
.salesrules .fields dt { color: var(--soft); font-weight: 400; margin: 0; }
.salesrules .fields dd { margin: 0; font-weight: 500; overflow-wrap: anywhere; }
.salesrules table { width: 100%; border-collapse: collapse; margin: 0 0 1.8em; font-size: 1em; border: 0; }
.salesrules caption { caption-side: top; text-align: left; font-weight: 600; color: var(--accent); padding: 0 0 .45em; }
.salesrules th, .salesrules td { padding: .32em .7em; vertical-align: baseline; border: 0; background: none; max-width: none; color: inherit;
  font-size: inherit; }
.salesrules tr { background: none; }
.salesrules thead th { font-weight: 600; color: var(--soft); font-size: .93em; border-top: 1px solid var(--ink); border-bottom: 1px solid var(--ink);
  vertical-align: bottom; white-space: nowrap; }
.salesrules tbody td { border-bottom: 1px solid var(--rule); }
.salesrules .left { text-align: left; overflow-wrap: anywhere; }
.salesrules .center { text-align: center; }
.salesrules .right { text-align: right; white-space: nowrap; }
.salesrules td.negative { color: var(--minus); }
.salesrules .subtotal td { font-weight: 600; background: var(--wash); }
.salesrules tfoot td { font-weight: 700; border-top: 1px solid var(--ink); border-bottom: 3px double var(--ink); }
.salesrules .notes { margin: 0 0 1.8em; }
.salesrules .notes ol { margin: 0; padding-left: 1.5em; color: var(--soft); }
.salesrules .signatures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9em, 1fr)); gap: 3.2em 2em; margin: 3.6em 0 2.2em;
  break-inside: avoid; }
.salesrules .signatures div { display: grid; grid-template-columns: 1fr 1fr; column-gap: .8em; }
.salesrules .signatures .line { grid-column: 1 / 3; border-bottom: 1px solid var(--ink); height: 0; }
.salesrules .signatures span { padding-top: .35em; }
.salesrules .signatures .line { padding: 0; }
.salesrules .signatures .when { color: var(--soft); }
.salesrules .annex { margin: 0 0 1.8em; }
.salesrules .working, .salesrules .working ul { list-style: none; margin: 0; padding: 0; }
.salesrules .working ul { margin-left: .45em; padding-left: 1.15em; border-left: 1px solid var(--rule); }
.salesrules .working li { padding: .12em 0; break-inside: avoid-page; }
.salesrules .working summary { cursor: pointer; }
.salesrules .working .value { font-weight: 600; }
.salesrules .working cite { font-style: normal; font-size: .86em; color: var(--soft); margin-left: .8em; }
.salesrules footer { border-top: 1px solid var(--rule); padding-top: .6em; color: var(--soft); font-size: .86em; }
.salesrules footer p { margin: 0; }
"""

PAGE_STYLE = """
@page { size: A4; margin: 18mm 18mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); } }
@page { @bottom-left { font: 8pt sans-serif; color: #5b6675; } @bottom-right { font: 8pt sans-serif; color: #5b6675; } }
html { background: #e6e9ed; }
body { margin: 0; }
main.salesrules { max-width: none; width: 210mm; min-height: 297mm; margin: 8mm auto; padding: 18mm; box-shadow: 0 1px 6px rgb(0 0 0 / .18);
  font-size: 10.5pt; }
.salesrules .working summary { list-style: none; }
.salesrules .working summary::-webkit-details-marker { display: none; }
@media print {
  html { background: none; }
  main.salesrules { width: auto; min-height: 0; margin: 0; padding: 0; box-shadow: none; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  thead { display: table-header-group; }
  tfoot { display: table-row-group; }
  tr, .fields div { break-inside: avoid; }
  h2, caption { break-after: avoid; }
}
"""
