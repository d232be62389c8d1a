"""adam eval run and compare, as their owner sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.distill import evalrun
from adam.distill.evalseat import Asked
from adam.errors import NoModel
from adam.models import openai_client, serving
from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.models.server import ServerProcess
from adam.models.tiny import tiny_folder
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import good, weights

CONFIG = DistillConfig()
SHEET = """case_id,category,prompt,checks,score,last_run,mine
water,style,When do I water basil?,contains: morning,,,a
sum,reasoning,What is 6 times 7?,number: 42,,,b
find,tool_calling,Find the class Kettle.,tool: search,,,c
"""


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def sheet(workspace: Workspace) -> Path:
    workspace.sheet.write_text(SHEET, encoding="utf-8")
    return workspace.sheet


def gardener(conversation: Conversation) -> str:
    return "In the morning." if "basil" in conversation.messages[-1].content else "It is 41."


def test_the_sheet_is_asked_scored_logged_and_reported(
    sheet: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = adam(capsys, "eval", "run", "--model", "scripted", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert (found["n"], found["where"], found["suite"]) == (3, "scripted", "sheet")
    assert {o["case_id"]: o["score"] for o in found["outcomes"]}["find"] == 1.0
    assert set(found["by_category"]) == {"reasoning", "style", "tool_calling"}
    page = Path(found["report"]).read_text(encoding="utf-8")
    assert "Find the class Kettle." in page and "By category" in page
    runs = list(RunStore(workspace).scan())
    assert [(r.task, r.case_id, r.session) for r in runs] == [
        ("eval", name, found["id"]) for name in ("water", "sum", "find")
    ]
    assert sheet.read_text(encoding="utf-8") == SHEET  # scripted is not the model that answers
    code, out, _ = adam(capsys, "eval", "run", "--model", "scripted")
    assert code == 0 and "1/3" in out and "number: 42" in out and "report.html" in out


def test_the_score_of_the_model_that_answers_goes_back_into_the_sheet(
    sheet: Path, workspace: Workspace
) -> None:
    model = ScriptedModel(gardener)
    made = evalrun.run(workspace, CONFIG, Asked(), open_model=lambda _: model)
    assert made.model == "smollm2-135m"
    cases = {case.case_id: case for case in read_sheet(sheet).cases}
    assert (cases["water"].score, cases["sum"].score) == (1.0, 0.0)
    assert cases["water"].last_run in {run.id for run in RunStore(workspace).scan()}
    assert [line[-1] for line in sheet.read_text(encoding="utf-8").splitlines()[1:]] == ["a", "b", "c"]


def test_a_suite_a_category_and_repetitions(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[int] = []

    def whim(conversation: Conversation) -> str:
        said.append(1)
        return "It is 42." if len(said) % 2 else "It is 41."

    workspace.sheet.write_text(SHEET)
    made = evalrun.run(
        workspace, CONFIG, Asked(category="Reasoning", repeat=4), open_model=lambda _: ScriptedModel(whim)
    )
    assert [o.case_id for o in made.outcomes] == ["sum", "sum #2", "sum #3", "sum #4"]
    assert evalrun.means(made.outcomes) == {"sum": 0.5}
    assert made.figures["cases_that_changed"] == 1
    assert read_sheet(workspace.sheet).cases[1].score == 0.5
    code, out, _ = adam(
        capsys, "eval", "run", "baseline", "--model", "scripted", "--category", "safety", "--json"
    )
    assert code == 0 and json.loads(out)["n"] == 28
    code, _, err = adam(
        capsys, "eval", "run", "--suite", "baseline", "--model", "scripted", "--category", "safty"
    )
    assert code == 2 and "Did you mean 'safety'?" in err
    code, _, err = adam(capsys, "eval", "run", "--suite", "basline", "--model", "scripted")
    assert code == 2 and "baseline" in err


def test_an_interrupted_run_goes_on(workspace: Workspace) -> None:
    workspace.sheet.write_text(
        "case_id,prompt,checks\n" + "".join(f"c{n},What is {n}?,contains: x\n" for n in range(9))
    )

    def cut(finished: int, of: int) -> None:
        if finished == 5:
            raise KeyboardInterrupt

    first, second = ScriptedModel({"What": "x"}), ScriptedModel({"What": "x"})
    with pytest.raises(KeyboardInterrupt):
        evalrun.run(workspace, CONFIG, Asked(), open_model=lambda _: first, done=cut)
    assert evalrun.ls(workspace) == []
    made = evalrun.run(workspace, CONFIG, Asked(), open_model=lambda _: second)
    assert len(second.asked) == 4 and len(made.outcomes) == 9
    assert evalrun.ls(workspace) == [made.id]


def test_no_answer_at_all_is_no_score(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    workspace.sheet.write_text(SHEET)

    def broken(conversation: Conversation) -> str:
        raise RuntimeError("out of memory")

    with pytest.raises(NoModel, match="none of 3 cases: out of memory"):
        evalrun.run(workspace, CONFIG, Asked(), open_model=lambda _: ScriptedModel(broken))
    code, _, err = adam(capsys, "eval", "run", "--no-server", "http://127.0.0.1:9/v1")
    assert code == 5 and "no model server answers" in err
    workspace.sheet.unlink()
    code, _, err = adam(capsys, "eval", "run", "--model", "scripted")
    assert code == 3 and "--suite" in err


def test_an_adapter_is_asked_as_it_is_served(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.sheet.write_text(SHEET)
    made = good(workspace)
    from tests.distill.made import Wearing

    model = Wearing(gardener, lambda c: "Morning, and 42.")
    found = evalrun.run(workspace, CONFIG, Asked(adapter=made.id), open_model=lambda _: model)
    assert (found.adapter, found.recipe) == (made.id, made.recipe)
    assert evalrun.means(found.outcomes) == {"water": 1.0, "sum": 1.0, "find": 0.0}
    path = workspace.adapters() / made.id / "adapters.safetensors"
    path.write_bytes(weights(3))
    code, _, err = adam(capsys, "eval", "run", "--adapter", made.id)
    assert code == 5 and "has changed" in err


def test_runs_side_by_side(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(capsys, "eval", "compare")[0] == 3
    workspace.sheet.write_text(SHEET)
    one = evalrun.run(workspace, CONFIG, Asked(), open_model=lambda _: ScriptedModel(gardener))
    two = evalrun.run(workspace, CONFIG, Asked(model="scripted"))
    code, out, _ = adam(capsys, "eval", "compare")
    assert code == 0 and one.id in out and two.id in out
    code, out, _ = adam(capsys, "eval", "compare", one.id, two.id[-6:], "--json")
    found = json.loads(out)
    assert found["n"] == 3 and found["differ"] == {"water": [1.0, 0.0], "find": [0.0, 1.0]}
    assert found["by_category"]["style"] == {"n": 1, "means": [1.0, 0.0]}
    code, out, _ = adam(capsys, "eval", "compare", one.id, two.id)
    assert code == 0 and "scored differently" in out and "0.333" in out
    page = workspace.root / "side.html"
    assert adam(capsys, "eval", "compare", one.id, two.id, "--report", str(page))[0] == 0
    assert page.read_text(encoding="utf-8").count("<article") == 2 and "<script src" not in page.read_text(encoding="utf-8")
    assert adam(capsys, "eval", "compare", "nothing")[0] == 2


def test_through_a_server_of_its_own_and_one_that_runs_already(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    river = str(tiny_folder(tmp_path / "river"))
    workspace.sheet.write_text("case_id,prompt,checks\na,Say a.,max_words: 500\nb,Say b.,max_words: 500\n")
    code, out, err = adam(capsys, "eval", "run", "--model", river, "--server", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["where"] == "server" and found["n"] == 2
    assert all(o["answer_tokens"] for o in found["outcomes"])
    server = ServerProcess(serving.prepare(river), tmp_path / "log")
    openai_client.start(server.start()).result()
    try:
        code, out, err = adam(capsys, "eval", "run", "--no-server", server.url, "--json")
        assert code == 0, err
        assert json.loads(out)["model"] == "river"
    finally:
        openai_client.start(server.stop()).result()
