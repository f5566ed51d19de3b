"""The measurements' own arithmetic; what they measure is dev/bench's to run."""

import itertools
import json
import threading
from xml.etree import ElementTree

import pytest

from measure import load, multiply
from measure.__main__ import FIGURES, as_json, main
from measure.callbacks import MANY, Load
from measure.curves import _apart, picture
from measure.goals import Figure
from measure.idle import _nodes, _words
from measure.lab import Lab, _order
from measure.timing import Run, median, ratio

PATIENCE = 15.0
SVG = "{http://www.w3.org/2000/svg}"


def figure(value: float, goal: float = 2.0, **more: object) -> Figure:
    """A figure of one thing against another."""
    return Figure("one thing", "another", value, goal, **more)


# ---------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [
        (1.9, False, True),
        (2.0, False, True),
        (2.1, False, False),
        (1.9, True, False),
        (2.0, True, True),
        (2.1, True, True),
    ],
)
def test_a_goal_is_a_limit_that_may_be_reached(
    value: float, at_least: bool, met: bool
) -> None:
    assert figure(value, at_least=at_least).met is met


def test_a_row_says_what_against_what_and_whether_it_is_good_enough() -> None:
    row = " ".join(figure(2.5).as_row().split())
    assert row == "one thing 2.500 × ≤ 2.000 NOT MET another"
    row = " ".join(figure(2.5, at_least=True, unit="MiB").as_row().split())
    assert row == "one thing 2.500 MiB ≥ 2.000 met another"


def test_rows_stand_below_each_other() -> None:
    short = figure(2.5)
    other = Figure("another name", "another", 12.25, 120.0)
    first, second = (one.as_row().index("another", 44) for one in (short, other))
    assert first == second


def test_json_has_goals_and_what_is_behind_them() -> None:
    told = json.loads(json.dumps(as_json([figure(0.123456, raw={"runs": [1, 2]})])))
    assert told == {
        "goals": {"one thing": {"value": 0.1235, "goal": 2.0, "met": True}},
        "raw": {"one thing": {"runs": [1, 2]}},
    }


# --------------------------------------------------------------------- statistics


def test_the_median_run_is_one_of_the_runs() -> None:
    runs = [Run(seconds) for seconds in (3.0, 1.0, 2.0)]
    assert median(runs) is runs[2]
    assert median(runs[:2]).seconds == 1.0
    assert median(runs[:1]) is runs[0]


def test_a_ratio_is_taken_by_pairs() -> None:
    # the machine was busy in the second round, for both
    mine = [Run(1.1), Run(5.5), Run(1.1)]
    theirs = [Run(1.0), Run(5.0), Run(1.0)]
    value, noise = ratio(mine, theirs)
    assert value == pytest.approx(1.1)
    assert noise == pytest.approx(0.0, abs=1e-9)


def test_the_noise_of_a_ratio_falls_with_the_number_of_rounds() -> None:
    def noise(rounds: int) -> float:
        mine = [Run(1.0 + 0.1 * (-1) ** number) for number in range(rounds)]
        return ratio(mine, [Run(1.0)] * rounds)[1]

    assert noise(100) < noise(25) / 1.9


def test_one_round_has_a_ratio_and_no_noise() -> None:
    assert ratio([Run(3.0)], [Run(2.0)]) == (1.5, 0.0)


# -------------------------------------------------------------------- how it is run


def test_the_order_is_turned_round_each_time() -> None:
    assert [_order(3, turn) for turn in range(3)] == [[0, 1, 2], [2, 1, 0], [0, 1, 2]]


def test_quick_takes_few_rows_and_one_turn() -> None:
    quick, full = Lab(quick=True, repeat=3), Lab(repeat=3)
    assert (quick.count(2000), quick.count(40), quick.turns) == (40, 6, 1)
    assert (full.count(2000), full.count(40), full.turns) == (2000, 40, 3)


def test_books_that_two_figures_need_are_made_once() -> None:
    lab, made = Lab(), []
    both_there = threading.Barrier(2, timeout=PATIENCE)

    def books(lab: Lab) -> str:
        both_there.wait()
        return lab._once("invoices", made.append)

    names: list[str] = []
    lab.prepare([lambda lab: names.append(books(lab))] * 2)
    assert names == made * 2
    assert lab._names == made


def test_books_that_cannot_be_made_stop_whoever_needs_them() -> None:
    lab = Lab()

    def fail(name: str) -> None:
        raise ValueError(name)

    for _figure in range(2):
        with pytest.raises(ValueError, match="bench"):
            lab.prepare([lambda lab: lab._once("invoices", fail)])


def test_an_unknown_figure_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--quick", "booking", "nonsense"])
    told = capsys.readouterr().err
    assert all(name in told for name in FIGURES)


def test_no_two_deliveries_hold_the_same_news() -> None:
    kind = Load("/path", "mobilepay_event", requests=3, elements=MANY)
    elements = [
        element["InvoiceId"] for body in kind.bodies() for element in json.loads(body)
    ]
    assert len(elements) == len(set(elements)) == 3 * MANY


def test_clients_share_all_bodies() -> None:
    bodies = [str(number) for number in range(11)]
    shares = load.shares(bodies, 4)
    assert sorted(itertools.chain(*shares)) == sorted(map(str.encode, bodies))
    assert {len(share) for share in shares} == {2, 3}


def test_copies_are_made_of_every_table_that_has_columns_of_its_own() -> None:
    assert set(multiply.DIFFERENT) <= set(multiply.TABLES)
    # a name that is looked up in another table must have been written before
    order = {table: number for number, table in enumerate(multiply.TABLES)}
    for table, columns in multiply.DIFFERENT.items():
        if multiply.MOVE_NAME in columns.values():
            assert order["account_move"] < order[table]


def test_a_plan_is_read_to_its_leaves() -> None:
    leaf = {"Node Type": "Index Scan", "Index Name": "i", "Relation Name": "t"}
    plan = {"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [leaf]}]}
    assert list(map(_words, _nodes(plan))) == ["Limit", "Sort", "Index Scan i t"]


# ------------------------------------------------------------------------ pictures


def test_curves_are_drawn_to_scale() -> None:
    drawn = ElementTree.fromstring(
        picture(
            {
                "booking": {100: 4.0, 1000: 4.0, 10000: 8.0},
                "bank matching": {100: 2.0, 1000: 2.0, 10000: 2.0},
                "sending & more": {100: 1.0, 1000: 1.0, 10000: 1.0},
            }
        )
    )
    lines = [_points(line) for line in drawn.iter(f"{SVG}polyline")]
    [(x1, y1), (x2, y2), (x3, y3)] = lines[0]
    # equal factors are equally far apart, and more is higher
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 == y2 > y3
    assert lines[1][0][1] - lines[0][0][1] == pytest.approx(
        2 * (lines[2][0][1] - lines[1][0][1]), abs=0.2
    )
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"100", "1,000", "10,000", "booking", "sending & more"} <= set(texts)


def test_one_size_alone_is_drawn() -> None:
    curves = {name: {10: 3.0} for name in ("booking", "bank matching", "sending")}
    drawn = ElementTree.fromstring(picture(curves))
    assert len(list(drawn.iter(f"{SVG}circle"))) == len(curves)


def test_names_do_not_lie_on_each_other() -> None:
    assert _apart([100.0, 50.0, 99.0]) == [100.0, 50.0, 86.0]


def _points(line: ElementTree.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]
