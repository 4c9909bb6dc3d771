"""The variants by name: what the table calls them, and where their functions are."""

from importlib import import_module
from typing import Any, Literal, cast

import attrs

from .answer import Prepared
from .terms import Size

__all__ = ["GROWING", "REFERENCE", "VARIANTS", "Variant"]

Kind = Literal["bound", "sample", "hand", "ours"]


@attrs.frozen
class Variant:
    """A way of doing a job.

    Args:
        name: on the command line.
        label: in the table.
        kind: the bound, one that runs on the sample of the first few people, one written by hand, or ours.
        place: module and function.
        job: ``commission`` or ``stateless``.
    """

    name: str
    label: str
    kind: Kind
    place: str
    job: str = "commission"

    def prepare(self, size: Size) -> Prepared:
        """Load the data."""
        module, function = self.place.split(":")
        return cast("Prepared", cast("Any", getattr(import_module(f".{module}", __package__), function))(size))


_ALL = (
    Variant("bound", "read and write alone (NumPy)", "bound", "peers_numpy:bound"),
    Variant("scalar", "salesrules, one line at a time", "sample", "peers_scalar:scalar"),
    Variant("decimal", "plain Decimal loop", "sample", "peers_scalar:decimal_loop"),
    Variant("polars-lazy", "polars, lazy", "hand", "peers_polars:lazy"),
    Variant("polars-streaming", "polars, streaming", "hand", "peers_polars:streaming"),
    Variant("polars-eager", "polars, eager", "hand", "peers_polars:eager"),
    Variant("polars-joins", "polars, lazy, with joins", "hand", "peers_polars:joined"),
    Variant("narwhals-pandas", "narwhals on pandas", "hand", "peers_narwhals:pandas"),
    Variant("duckdb", "DuckDB SQL", "hand", "peers_sql:duckdb"),
    Variant("spark", "Spark SQL", "hand", "peers_sql:spark"),
    Variant("ours-pandas", "pandas", "ours", "ours:pandas"),
    Variant("ours-pandas-arrow", "pandas, Arrow columns", "ours", "ours:pandas_arrow"),
    Variant("ours-pyarrow", "pyarrow", "ours", "ours:pyarrow"),
    Variant("ours-polars", "polars, eager", "ours", "ours:polars"),
    Variant("ours-polars-lazy", "polars, lazy", "ours", "ours:polars_lazy"),
    Variant("ours-duckdb-blocks", "DuckDB, blocks", "ours", "ours:duckdb_blocks"),
    Variant("ours-duckdb", "DuckDB, expressions", "ours", "ours:duckdb"),
    Variant("ours-ibis", "Ibis on DuckDB", "ours", "ours:ibis"),
    Variant("ours-spark", "PySpark", "ours", "ours:spark"),
    Variant("stateless-scalar", "salesrules, one line at a time", "sample", "peers_scalar:scalar_stateless", "stateless"),
    Variant("stateless-polars-lazy", "polars, lazy", "hand", "peers_polars:stateless_lazy", "stateless"),
    Variant("stateless-polars-eager", "polars, eager", "hand", "peers_polars:stateless_eager", "stateless"),
    Variant("stateless-ours-polars-lazy", "polars, lazy", "ours", "ours:stateless_polars_lazy", "stateless"),
    Variant("stateless-ours-polars", "polars, eager", "ours", "ours:stateless_polars", "stateless"),
)

VARIANTS = {variant.name: variant for variant in _ALL}
"""All variants, in the order in which they run."""

REFERENCE = {"commission": "scalar", "stateless": "stateless-scalar"}
"""The variant of each job that says what is right."""

GROWING = ("bound", "polars-lazy", "polars-streaming", "ours-polars", "ours-pandas")
"""The variants that are measured at several sizes."""
