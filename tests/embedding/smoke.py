"""What must work in an environment that has only the wheel: `python smoke.py bare|extras POLICY...`.

Without the extras every module imports except those that stand on an extra, and these say which library is missing. With them, all do.
"""

import sys
from importlib import import_module
from importlib.resources import files
from pkgutil import walk_packages

import salesrules

NEEDS_AN_EXTRA = ("salesrules.frames", "salesrules.testing")


def main(kind: str, *policies: str) -> None:
    """Import every module and load every policy."""
    if not files(salesrules).joinpath("py.typed").is_file():
        raise SystemExit("py.typed is not in the wheel")
    count = 0
    for module in walk_packages(salesrules.__path__, "salesrules."):
        if module.name == "salesrules.__main__":
            continue
        try:
            import_module(module.name)
        except ModuleNotFoundError:
            if kind == "extras" or not module.name.startswith(NEEDS_AN_EXTRA):
                raise
        count += 1
    for policy in policies:
        import_module("salesrules.policy").load(policy)
    sys.stdout.write(f"smoke ({kind}): salesrules {salesrules.__version__}, {count} modules, {len(policies)} policies\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
