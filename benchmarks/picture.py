"""Bars as SVG: a title, a row for each name, its value beside it, and perhaps a target.

No library: a picture is text, and the same figures make the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LABELS, VALUES, ROW, HEAD = 720, 250, 90, 24, 44
ROOM = WIDTH - LABELS - VALUES
OURS, OTHERS = "#1f5fa8", "#9aa5b1"
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}"
    ".title{font-weight:600;font-size:15px}.soft{fill:#57606a}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9da7b1}}"
)


@dataclass(frozen=True)
class Bar:
    """One row. `ours`: it is drawn in the colour of the daemon."""

    name: str
    value: float
    ours: bool = False


@dataclass(frozen=True)
class Picture:
    """Bars with a title; `least`: where the rows begin; `target`: a line across."""

    title: str
    bars: Sequence[Bar]
    unit: str = ""
    least: float = 0.0
    target: float | None = None
    digits: int = 2

    def svg(self) -> str:
        """Return the picture."""
        height = HEAD + ROW * len(self.bars) + 12
        rows = [self._row(i, bar) for i, bar in enumerate(self.bars)]
        told = "; ".join(f"{b.name}: {self._told(b.value)}" for b in self.bars)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
                f' height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">',
                f"<title>{escape(self.title)}. {escape(told)}</title>",
                f"<style>{STYLE}</style>",
                f'<text class="title" x="0" y="20">{escape(self.title)}</text>',
                *rows,
                *self._line(height),
                "</svg>\n",
            ]
        )

    def _row(self, index: int, bar: Bar) -> str:
        top = HEAD + ROW * index
        width = max(1.0, self._at(bar.value))
        colour = OURS if bar.ours else OTHERS
        return (
            f'<text x="{LABELS - 8}" y="{top + 13}" text-anchor="end">'
            f"{escape(bar.name)}</text>"
            f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{ROW - 7}"'
            f' rx="2" fill="{colour}"/>'
            f'<text class="soft" x="{LABELS + width + 6:.1f}" y="{top + 13}">'
            f"{escape(self._told(bar.value))}</text>"
        )

    def _line(self, height: int) -> list[str]:
        if self.target is None:
            return []
        x = LABELS + self._at(self.target)
        return [
            f'<line x1="{x:.1f}" y1="{HEAD - 8}" x2="{x:.1f}" y2="{height - 8}"'
            ' stroke="#c0392b" stroke-dasharray="4 3"/>',
            f'<text class="soft" x="{x:.1f}" y="{HEAD - 12}" text-anchor="middle">'
            f"target {escape(self._told(self.target))}</text>",
        ]

    def _at(self, value: float) -> float:
        most = max([*(bar.value for bar in self.bars), self.target or 0.0])
        span = (most - self.least) or 1.0
        return ROOM * max(0.0, value - self.least) / span

    def _told(self, value: float) -> str:
        return f"{value:.{self.digits}f}{self.unit}"
