"""The operands that the rules read of a quote line, made from its columns by any carrier: amounts of the whole line, exactly."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from .job import QuoteJob

__all__ = ["QuoteOperands"]


class QuoteOperands:
    """The operands of a line, whatever carries them: amounts of the whole line, or of one unit where the quantity cancels.

    Args:
        ops: the carrier.
        job: the check.
        version: which version of the policy, by number.
        told: the operand of a field.
        found: what a book says.
    """

    def __init__(self, ops: Any, job: QuoteJob, version: int, told: Callable[[str], Any], found: Callable[[Any], Any]) -> None:
        self.ops, self.job, self._told, self.find = ops, job, told, found
        self.major = int(10 ** job.versions[version].money.digits)
        self.one = self.major * job.scale

    def _of(self, field: str) -> Any:
        return self._told(field) if field in self.job.numbers else None

    @cached_property
    def sold(self) -> Any:
        """How many are paid for, in parts of a unit; a return has its quantity below 0."""
        quantity = self._of("quantity")
        return self.job.units if quantity is None else self.ops.max(quantity, 0 - quantity)

    @cached_property
    def every(self) -> Any:
        """How many are handed over, free ones among them."""
        free = self._of("free")
        return self.sold if free is None else self.sold + free

    def _line(self, price: Any, count: Any) -> Any:
        """An amount of the line from a unit price."""
        return price if self.job.cancels else price * count

    def _whole(self, amount: Any) -> Any:
        """An amount of the line from whole minor units."""
        return amount * (10**self.job.price_digits * self.job.units)

    def _amount(self, field: str) -> Any:
        price = self._of(field)
        return 0 if price is None else self._line(price, self.every) * self.job.shares

    @cached_property
    def quantity(self) -> Any:
        """A major unit of money for each unit handed over."""
        return self.one if self.job.cancels else self.every * (self.major * 10**self.job.price_digits * self.job.shares)

    @cached_property
    def list(self) -> Any:
        """The value at list prices."""
        whole = self._of("list")
        return self._amount("list_price") if whole is None else self._whole(whole) * self.job.shares

    @property
    def book(self) -> Any:
        """What a price book would give: rows are priced already, so it is the list price."""
        return self.list

    @cached_property
    def net(self) -> Any:
        """What is asked."""
        whole, price, discount = self._of("net"), self._of("price"), self._of("discount")
        if whole is not None:
            return self._whole(whole)
        if price is not None:
            return self._line(price, self.sold)
        listed = self._of("list")
        full = self._line(self._of("list_price"), self.sold) if listed is None else self._whole(listed)
        return full if discount is None else full * (self.job.shares - discount)

    @property
    def invoice(self) -> Any:
        """What is asked: rows tell nothing that is taken off later."""
        return self.net

    @property
    def pocket(self) -> Any:
        """What is asked: rows tell nothing that is taken off later."""
        return self.net

    @cached_property
    def cost(self) -> Any:
        """The cost."""
        whole = self._of("line_cost")
        return self._amount("cost") if whole is None else self._whole(whole) * self.job.shares

    @cached_property
    def last_price(self) -> Any:
        """What the customer paid last time."""
        return self._amount("last_price")

    @cached_property
    def contract_price(self) -> Any:
        """What a contract says."""
        return self._amount("contract_price")

    @cached_property
    def guidance(self) -> Any:
        """The floor price of the price book."""
        return self._amount("guidance")

    def in_line(self, amount: Any) -> tuple[Any, int]:
        """An amount of the operands as one of the line, and what a minor unit is in it."""
        return (amount * self.every, self.job.scale * self.job.units) if self.job.cancels else (amount, self.job.scale)
