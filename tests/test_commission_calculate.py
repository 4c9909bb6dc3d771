"""What a run gives can be stored and read back; who joins is counted from the day he joins."""

import json

from salesrules.commission import Credit, Guarantee, Line, Returns, State, calculate
from tests.commission_plans import cny, component, day, flat, month, plan, roster, sale


def test_lines_are_stored_and_read_back() -> None:
    """A line that went through JSON is equal to what it was, its sale included, and takes a return back to the cent."""
    rule = plan(component(flat("3.3%")), returns=Returns(rate="original"))
    shares = (Credit("chen", "1/3"), Credit("li", "2/3"))
    sold = sale("S", day(1, 5), "1000.01", credits=shares, cost=cny("700"), category="pump", units=25, new_customer=True)
    january = calculate(rule, [sold], on=day(1, 31))
    text = json.dumps([line.to_data() for line in january.lines])
    stored = [Line.from_data(data) for data in json.loads(text)]
    assert [line.sale for line in stored] == [sold, sold]
    assert [(line.pay, line.credited, line.share) for line in stored] == [(line.pay, line.credited, line.share) for line in january.lines]
    assert not stored[0].has_working
    opening = State.from_data(json.loads(json.dumps(january.state.to_data())))
    back = calculate(rule, [sale("R", day(2, 3), "-1000.01", returns="S", units=-25, cost=cny("-700"))], on=day(2, 28), opening=opening, history=stored)
    assert [line.pay for line in back.lines] == [-line.pay for line in january.lines]


def test_a_guarantee_counts_from_the_day_a_person_joined() -> None:
    """Who was there long before the plan came into force is guaranteed nothing; who joins in March gets the first amount in March."""
    rule = plan(guarantee=Guarantee(amounts=(cny("4000"), cny("2000"))))
    old, new = roster("chen", start=day(5, 1, 2020)).members, roster("li", start=day(3, 1)).members
    run = calculate(rule, [sale("S", day(1, 5), "1000")], on=day(4, 30), roster=type(roster("x"))((*old, *new)))
    assert run.statement("chen", month(1)).payable == cny("100")
    assert [run.statement("li", month(number)).payable for number in (3, 4)] == [cny("4000"), cny("2000")]
