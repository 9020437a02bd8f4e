from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from benchmarks.__main__ import ROOMS
from benchmarks.figures import with_targets
from benchmarks.page import Measured, draw
from benchmarks.picture import Bar, Picture
from benchmarks.runs import of_all

SEEN = {
    "line_utilisation_200": 0.98,
    "bare_loop_line_utilisation_200": 0.99,
    "crowd_lost_keys_1500": 7,
    "crowd_asterisk_processors_1500": 1.8,
}
ABOUT = {"calls": {"runs": 3, "processors": 2, "load": [0.1, 1.0, 1.1]}}


def test_the_page_shows_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    page = draw(Measured(with_targets(SEEN), ABOUT), tmp_path).read_text("utf-8")
    drawn = sorted(file.name for file in (tmp_path / "performance").iterdir())
    assert drawn == ["crowds.svg", "lines.svg"]
    assert "- 1,500 calls: 7 keys lost" in page
    assert "| `line_utilisation_200` | 0.980 |" in page
    assert "| `fleet_killed_ratio` |  | ≤ 1.6 | not measured |" in page
    assert "| calls | 3 | 2 | 0.1, 1.0, 1.1 |" in page
    assert "Starts" not in page


def test_a_figure_is_judged_by_the_targets_of_today(tmp_path: Path) -> None:
    # Targets that came after a measurement were not told as missed.
    kept = {"crowd_lost_keys_1500": {"value": 7, "runs": [0, 7], "commit": "0fa1c0d"}}
    page = draw(Measured(kept, ABOUT), tmp_path).read_text("utf-8")
    assert "| `crowd_lost_keys_1500` | 7 | ≤ 0 | MISSED | 2 | 0fa1c0d |" in page


def test_the_page_shows_the_learned_rate_beside_fixed_ones(tmp_path: Path) -> None:
    kinds = {"lost_calls": 3, "calls": 603, "80_s": 8.2, "town_80_s": 9, "others_s": 1}
    names = ("fixed_40", "learned", "fixed_8")
    seen = {f"choke_{what}_{n}": v for n in names for what, v in kinds.items()}
    page = draw(Measured(with_targets(seen), ABOUT), tmp_path).read_text("utf-8")
    rows = [row for row in page.splitlines() if "3 of 603" in row]
    assert rows[0] == "| learned | 3 of 603 | 8 | 9 | 1 |"
    assert [row.split("|")[1] for row in rows[1:]] == [
        " fixed, 8 a second ",
        " fixed, 40 a second ",
    ]


def test_the_page_says_who_used_the_processors_as_it_was_seen(tmp_path: Path) -> None:
    # It said that Asterisk filled them, where it used a third.
    seen = {"crowd_lost_keys_1000": 0, "crowd_broken_calls_1000": 6}
    used = {"crowd_asterisk_processors_1000": 0.71, "crowd_caller_processors_1000": 0.1}
    page = draw(Measured(with_targets(seen | used), ABOUT), tmp_path).read_text("utf-8")
    broken = "every key on record, 6 of 1,000 calls broken"
    assert f"{broken}; Asterisk used 0.71 processors, the daemon 0.10" in page
    assert "fills" not in page


def test_the_page_shows_what_other_programs_did(tmp_path: Path) -> None:
    kill = {"rung_twice_at_once": 14, "lost_keys": 0}
    rounds = {"kill": {"about": {"calls": 120, "lines": 24}, "contenders": {"x": kill}}}
    found = Measured(with_targets(SEEN), ABOUT, rounds)
    page = draw(found, tmp_path).read_text("utf-8")
    assert "## Beside other programs" in page
    assert "| x |  | 14 |  | 0 |  |" in page
    assert "calls a second" not in page


def test_a_picture_tells_its_figures_to_who_cannot_see_it() -> None:
    bars = [Bar("daemon <ours>", 1.5, ours=True), Bar("bare", 3.0)]
    text = Picture("CPU", bars, unit=" ms", target=2).svg()
    root = ElementTree.fromstring(text)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "CPU. daemon <ours>: 1.50 ms; bare: 3.00 ms"
    widths = [float(r.get("width", 0)) for r in root.iter() if r.tag.endswith("rect")]
    assert widths[1] == 2 * widths[0]


def test_every_room_can_be_entered() -> None:
    for name, room in ROOMS.items():
        assert Path(f"benchmarks/{(room.module or name).replace('.', '/')}.py").exists()


def test_a_figure_that_only_some_runs_have_is_the_median_of_those() -> None:
    assert of_all([{"a": 1.0}, {"a": 3.0, "b": 2.0}]) == {"a": 2.0, "b": 2.0}
