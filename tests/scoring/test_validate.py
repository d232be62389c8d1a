"""What is wrong with a sheet, before any model is asked."""

from __future__ import annotations

from typing import Any

import pytest

from adam.records import EvalCase, Tool
from adam.scoring.validate import validate_case, validate_sheet


def case(**fields: Any) -> EvalCase:
    return EvalCase(**{"case_id": "c1", "prompt": "What is soil?", "checks": "contains: earth", **fields})


def test_a_good_row_has_no_faults() -> None:
    assert validate_case(case()) == []
    assert validate_case(case(checks="", expected="Earth.")) == []
    assert validate_case(case(category="safety", checks="refuses", guard=True)) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"checks": "contains: a\ncontians: b"},
            "line 2: unknown check 'contians'. Did you mean `contains`?",
        ),
        ({"checks": "", "expected": ""}, "nothing to judge by"),
        ({"checks": "similar: 0.5"}, "the expected answer, and that is missing"),
        ({"checks": "exact"}, "the expected answer, and that is missing"),
        ({"checks": "must similar", "expected": "Earth."}, "needs a limit"),
        ({"category": "saftey"}, "did you mean 'safety'?"),
        ({"category": "Tool-Calling"}, "did you mean 'tool_calling'?"),
        ({"category": ""}, "category is empty"),
        ({"prompt": "  "}, "prompt is empty"),
        ({"case_id": " "}, "case_id is empty"),
        ({"weight": 0.0}, "weight is 0"),
        ({"checks": "refuses\nanswers"}, "can't both hold"),
        ({"checks": "tool: search\nno_tool"}, "can't both hold"),
        ({"checks": "keywords: a, b", "guard": True}, "plain pass or fail"),
        ({"checks": "", "expected": "Earth.", "guard": True}, "plain pass or fail"),
        ({"checks": "tool: serch", "tools": (Tool(name="search"),)}, "offers no tool 'serch'"),
    ],
)
def test_each_fault_is_a_sentence(fields: dict[str, Any], said: str) -> None:
    faults = validate_case(case(**fields))
    assert len(faults) == 1 and said in faults[0]


def test_every_bad_line_is_named_not_only_the_first() -> None:
    faults = validate_case(case(checks="contians: a\n\ncontains: b\nnumber: x"))
    assert [fault.split(":")[0] for fault in faults] == ["check, line 1", "check, line 4"]


def test_a_category_of_the_owners_own_is_his_to_name() -> None:
    assert validate_case(case(category="gardening")) == []
    rows = [case(case_id=f"c{n}", category="styles") for n in range(3)]
    assert validate_sheet(rows) == []  # three times the same is no slip


def test_the_sheet_as_a_whole() -> None:
    twice = validate_sheet([case(), case(case_id="c2"), case()])
    assert twice == [(3, "c1", "case_id is used twice (first in row 1)")]
    assert "no test rows" in validate_sheet([case(split="train")])[0][2]
    assert validate_sheet([])[0][2] == "the sheet has no rows"
