"""How the time of a row grows with their number, as a picture."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from stack import SimulatorServer

from .lab import Lab, say

COUNTS = (100, 1000, 5000)
WIDTH, HEIGHT, MARGIN, TEXT = 640, 400, 60, 14
COLORS = ("#1f4e9c", "#c4421a", "#2b7a3d")
Points = dict[int, float]


def draw(lab: Lab, file: Path) -> None:
    """Measure booking, matching and sending in three sizes, and draw them."""
    curves: dict[str, Points] = {"booking": {}, "bank matching": {}, "sending": {}}
    for count in dict.fromkeys(map(lab.count, COUNTS)):
        say(f"{count:,} rows")
        for name, seconds in _seconds(lab, count).items():
            curves[name][count] = 1000 * seconds / count
    file.write_text(picture(curves))
    for name, points in curves.items():
        rows = ", ".join(f"{count:,}: {ms:.2f} ms" for count, ms in points.items())
        print(f"{name:16} {rows}")


def _seconds(lab: Lab, count: int) -> dict[str, float]:
    paid = lab.books("books:paid_events", count=count)
    [booking] = lab.runs(paid, "booking:process")
    waiting = lab.books("money:payments", count=count, method="instant")
    [matching] = lab.runs(waiting, "bank:match", count=count)
    unsent = lab.books("books:invoices", count=count, method="mobilepay")
    with SimulatorServer() as simulator:
        [sending] = lab.runs(unsent, "sending:send", url=simulator.url)
    return {
        "booking": booking.seconds,
        "bank matching": matching.seconds,
        "sending": sending.seconds,
    }


def picture(curves: dict[str, Points]) -> str:
    """The curves as SVG: rows from left to right (by powers), milliseconds upwards."""
    counts = sorted({count for points in curves.values() for count in points})
    highest = max(ms for points in curves.values() for ms in points.values())
    top = _round_up(highest)
    parts = [_axes(counts, top)]
    ends = _apart([_y(points[max(points)], top) for points in curves.values()])
    for (name, points), color, end in zip(curves.items(), COLORS, ends, strict=True):
        parts += _curve([(_x(n, counts), _y(points[n], top)) for n in points], color)
        parts.append(_text(_x(max(points), counts) + 8, end + 4, name, color=color))
    size = (
        f'width="{WIDTH + 100}" height="{HEIGHT}" viewBox="0 0 {WIDTH + 100} {HEIGHT}"'
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif"'
        ' font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def _curve(places: list[tuple[float, float]], color: str) -> list[str]:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return [
        f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
            for x, y in places
        ),
    ]


def _axes(counts: list[int], top: float) -> str:
    left, bottom = MARGIN, HEIGHT - MARGIN
    parts = [_text(left - 40, MARGIN - 24, "milliseconds a row")]
    for step in range(5):
        ms = top * step / 4
        y = _y(ms, top)
        parts.append(
            f'<line x1="{left}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}"'
            ' stroke="#ddd"/>'
        )
        parts.append(_text(left - 8, y + 4, f"{ms:g}", anchor="end"))
    for count in counts:
        x = _x(count, counts)
        parts.append(_text(x, bottom + 20, f"{count:,}", anchor="middle"))
    parts.append(_text(WIDTH / 2, bottom + 44, "rows", anchor="middle"))
    return "\n".join(parts)


def _text(
    x: float, y: float, text: str, anchor: str = "start", color: str = "#333"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">'
        f"{escape(text)}</text>"
    )


def _x(count: int, counts: list[int]) -> float:
    """Where a number of rows stands: equal factors are equally far apart."""
    first, last = math.log(counts[0]), math.log(counts[-1])
    share = (math.log(count) - first) / (last - first) if last > first else 0.5
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _y(ms: float, top: float) -> float:
    return HEIGHT - MARGIN - ms / top * (HEIGHT - 2 * MARGIN)


def _apart(heights: list[float]) -> list[float]:
    """Heights of texts, moved upwards where one would lie on the next."""
    found = dict.fromkeys(range(len(heights)), 0.0)
    free = float(HEIGHT)
    for number in sorted(found, key=lambda number: -heights[number]):
        found[number] = min(heights[number], free)
        free = found[number] - TEXT
    return list(found.values())


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 8 times a power of ten."""
    power = 10 ** math.floor(math.log10(value))
    return float(next(f * power for f in (1, 2, 4, 8, 10) if f * power >= value))
