"""The report pages: what they say, that nothing gets out of its place, and that they need no network."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from adam.records import EvalCase, Outcome, Pair, ToolCall
from adam.report.comparison import comparison_page
from adam.report.curves import Curves
from adam.report.html import MOST_TEXT, clean
from adam.report.suite import suite_page
from adam.scoring.gate import Extras
from tests.report.made import adapter, cases, comparison, curves, pairs, rejected
from tests.report.nasty import NASTY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on the PATH"),
]


class Parsed(HTMLParser):
    """Tags with their attributes, the text of each article, and whether every tag is closed."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.text: list[str] = []
        self.pres: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "pre":
            self.pres.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.open and self.open[-1] == "pre":
            self.pres[-1] += data

    @property
    def kinds(self) -> set[str]:
        return {tag for tag, _ in self.tags}


def words(text: str) -> str:
    return " ".join("".join(Parsed(text).text).split())


# ── what it says ─────────────────────────────────────────────────────────────────────────────────
def test_the_page_holds_the_verdict_every_rule_and_both_answers() -> None:
    made = comparison()
    text = comparison_page(
        made, cases=cases(), curves=curves(), adapter=adapter(), notes=["A third arm: 0.5."]
    )
    said = words(text)
    assert "Promote" in said and "A third arm: 0.5." in said
    for rule in made.decision.rules:
        assert rule.said.partition(": ")[2][1:] in said, rule.said
    for name, row in made.by_category.items():
        assert name in said and f"{row.base_mean:.3f}" in said
    for digest in (made.adapter_sha256, made.base_fingerprint, made.split_sha256, adapter().data_sha256):
        assert digest in said
    assert "118.20" in said and "1.21 GB" in said
    assert "step 120" in said
    assert "Water it in the morning, so that the leaves dry before night." in said


def test_broken_cases_come_first_and_can_be_told_apart() -> None:
    cards = [a for tag, a in Parsed(comparison_page(comparison())).tags if tag == "article"]
    kinds = [card["data-kind"] for card in cards]
    assert set(kinds) == {"broken", "fixed"}
    assert kinds == sorted(kinds)


def test_a_lost_guard_row_is_first_and_shown_with_its_answers() -> None:
    said = words(comparison_page(rejected()))
    assert "Keep base" in said and "1 lost" in said
    assert said.index("bomb-under-system-2") < said.index("format-0")
    assert "Sure, here is how." in said


def test_every_kind_of_comparison_gives_a_page() -> None:
    nothing = comparison(rows=[], extras=Extras())
    assert "Keep base" in words(comparison_page(nothing))
    few = comparison(rows=pairs(8, gain=0.3))
    assert comparison_page(few, curves=Curves())
    assert comparison_page(few, curves=Curves(train=((1.0, 2.0),), chosen=7))


def test_the_suite_page_lists_every_result_worst_first() -> None:
    outcomes = [p.distilled for p in comparison().pairs]
    text = suite_page(
        outcomes, title="Suite: sheet", model="smollm2", cases=cases(), figures={"wall_s": 61.4}
    )
    parsed = Parsed(text)
    cards = [a["data-kind"] for tag, a in parsed.tags if tag == "article"]
    assert len(cards) == len(outcomes)
    assert cards == sorted(cards, key=["failed", "partly", "passed"].index)
    said = words(text)
    assert "61.40 s" in said and "tool_calling" in said and "right decisions" not in said
    assert suite_page([], title="Nothing")


# ── nothing gets out of its place ────────────────────────────────────────────────────────────────
def nasty_pairs() -> list[Pair]:
    def arm(number: int, text: str, right: bool) -> Outcome:
        return Outcome(
            case_id=f"{number} {text[:60]}", category=f"{number % 3} {text[:30]}", score=float(right), answer=text, error=text[:200],
            tool_calls=(ToolCall(name=text[:80], arguments={text[:50]: text}),), checks=((text[:200], float(right), text),),
        )  # fmt: skip

    rows = []
    for number, text in enumerate(map(clean, NASTY)):
        b, d = arm(number, text, number % 2 == 0), arm(number, text, number % 2 == 1)
        rows.append(Pair(case_id=b.case_id, category=b.category, base=b, distilled=d))
    return rows


def nasty_page(rows: list[Pair]) -> str:
    made = comparison(rows=rows).model_copy(
        update={
            "adapter": NASTY[0],
            "base": NASTY[20],
            "versions": dict(zip(NASTY[:20], NASTY[20:40], strict=True)),
        }
    )
    sheet = {
        p.case_id: EvalCase(case_id=p.case_id, prompt=p.base.answer, expected=p.base.answer) for p in rows
    }
    return clean(comparison_page(made, cases=sheet, notes=list(map(clean, NASTY[:50]))))


@pytest.fixture(scope="module")
def pages() -> list[str]:
    """Two, since one shows at most 400 changed cases."""
    rows = nasty_pairs()
    return [
        *(nasty_page(rows[start : start + 250]) for start in (0, 250)),
        suite_page([p.base for p in rows], title=NASTY[3], model=NASTY[5], when=NASTY[6]),
    ]


def test_five_hundred_nasty_answers_stay_text(pages: list[str]) -> None:
    plain = Parsed(comparison_page(comparison(), cases=cases(), notes=["x"])).kinds
    plain |= Parsed(suite_page([p.base for p in pairs(9)], title="x", cases=cases())).kinds
    for text in pages:
        text.encode("utf-8")
        parsed = Parsed(text)
        assert parsed.faults == [] and parsed.open == []
        assert parsed.kinds <= plain | {"pre"}, parsed.kinds - plain
        assert [tag for tag, _ in parsed.tags].count("script") == 1
        names = {name for _, attributes in parsed.tags for name in attributes}
        assert not [name for name in names if name.startswith("on")]
        assert not {"src", "srcdoc", "action", "href"} & names - {"href"}
        assert {a.get("href") for t, a in parsed.tags if "href" in a} == {"data:,"}


def test_a_nasty_answer_is_shown_as_it_is(pages: list[str]) -> None:
    shown = set()
    for text in pages:
        shown |= {each.replace("\r\n", "\n").strip("\n") for each in Parsed(text).pres}
    for nasty in map(clean, NASTY):
        if len(nasty) <= MOST_TEXT:
            assert nasty.replace("\r\n", "\n").strip("\n") in shown, nasty


def test_a_very_long_answer_is_cut_and_says_so() -> None:
    rows = [
        p.model_copy(update={"base": p.base.model_copy(update={"answer": "word " * 9_000})})
        for p in pairs(40)
    ]
    assert "39,000 more characters" in comparison_page(comparison(rows=rows))


def test_the_page_loads_nothing_and_lets_only_its_own_script_run() -> None:
    text = comparison_page(comparison(), cases=cases(), curves=curves(), adapter=adapter())
    assert not re.search(r"https?://|@import|url\(", text)
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1])  # type: ignore[index]
    assert "default-src 'none'" in policy and "'unsafe-inline'" not in policy.partition("script-src")[2]


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────
def chromium(tmp_path: Path, page: Path, *more: str) -> str:
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", *more, page.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120, errors="replace",
    )  # fmt: skip
    return done.stdout


class TestInChromium:
    pytestmark = needs_browser

    def test_no_script_of_an_answer_runs_and_ours_does(self, tmp_path: Path, pages: list[str]) -> None:
        for number, text in enumerate(pages):
            page = tmp_path / f"{number}.html"
            page.write_text(text, encoding="utf-8")
            after = chromium(tmp_path, page, "--dump-dom")
            parsed = Parsed(after)
            title = re.search(r"<title>(.*?)</title>", after, re.DOTALL)
            assert title is not None and title[1] != "broken" and "Adam" in title[1]
            assert [tag for tag, _ in parsed.tags].count("script") == 1
            cards = [a for tag, a in parsed.tags if tag == "article"]
            assert len(cards) >= 250
            assert f"{len(cards)} of {len(cards)}" in after  # the page's own script counted them

    def test_nothing_is_wider_than_a_phone(self, tmp_path: Path) -> None:
        """Laid out at 400 pixels in a frame, since a headless window is at least 500 wide."""
        inner = tmp_path / "inner.html"
        inner.write_text(
            comparison_page(rejected(), cases=cases(), curves=curves(), adapter=adapter()), encoding="utf-8"
        )
        frame = tmp_path / "frame.html"
        frame.write_text(
            f"<iframe id=f src='{inner.name}' style='width:400px;height:900px;border:0'></iframe><script>"
            "onload=()=>{const d=f.contentDocument;document.body.dataset.over="
            "d.documentElement.scrollWidth-d.documentElement.clientWidth}</script>",
            encoding="utf-8",
        )
        after = chromium(tmp_path, frame, "--allow-file-access-from-files", "--dump-dom")
        assert 'data-over="0"' in after
