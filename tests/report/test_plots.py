"""The pictures as files: both kinds, the same bytes twice, and any name in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image

from adam.report.curves import Curves
from adam.report.plots import save_comparison, save_curves, save_lines
from tests.report.made import comparison, curves


def test_a_comparison_and_its_curves_as_svg_and_png(tmp_path: Path) -> None:
    for svg, png in (save_comparison(comparison(), tmp_path), save_curves(curves(), tmp_path)):
        assert ET.parse(svg).getroot().tag.endswith("svg")
        with Image.open(png) as image:
            assert image.width > 900
            colours = image.convert("RGB").getcolors(1_000_000)
            assert colours is not None and len(colours) > 20  # something is drawn


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (save_comparison(comparison(), tmp_path / name) for name in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_names_with_dollars_and_underscores_are_plain_text(tmp_path: Path) -> None:
    made = comparison()
    named = {r"$\frac{": made.statistics, "_hidden": made.statistics, "ü 漢": made.statistics}
    svg, _ = save_comparison(made.model_copy(update={"by_category": named, "adapter": "$x_1$ {"}), tmp_path)
    assert svg.stat().st_size > 0
    series = [("_acc$", [("base", 0.3), ("v1 $x", 0.5)]), ("calls", [("base", 2.0)])]
    assert save_lines(series, tmp_path, "tracker", "share")[1].exists()


def test_nothing_to_draw_is_no_crash(tmp_path: Path) -> None:
    save_curves(Curves(), tmp_path)
    save_comparison(comparison(rows=[]), tmp_path)


def test_curves_from_a_training_log() -> None:
    log = [
        {"step": 1, "loss": 3.0},
        {"step": 2, "train_loss": 2.5, "valid_loss": 2.6},
        {"step": 3, "loss": float("nan")},
        {"event": "saved"},
    ]
    found = Curves.of(log, chosen=2)
    assert found.train == ((1.0, 3.0), (2.0, 2.5)) and found.valid == ((2.0, 2.6),)
    assert found.chosen_point == (2.0, 2.6)
