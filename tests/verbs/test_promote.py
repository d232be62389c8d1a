"""adam distill eval, promote, rollback, status, ls and gate, as their owner sees them: words, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.distill.promote import promote
from adam.models import fingerprint
from adam.models.tiny import tiny_folder
from adam.records import Adapter
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.workspace import Workspace
from tests.distill.made import Wearing, adapter, judged


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def two(workspace: Workspace, tmp_path: Path) -> list[Adapter]:
    """Two proven adapters on a base that is really there."""
    base = tiny_folder(tmp_path / "tiny")
    workspace.router.write_text(workspace.router.read_text().replace("smollm2-135m", f'"{base}"'))
    store, made = AdapterStore(workspace), []
    for seed in range(2):
        one = adapter(workspace, seed)
        one = one.model_copy(update={"base": str(base), "base_fingerprint": fingerprint.of(base)})
        store.write_manifest(one)
        judged(workspace, one)
        made.append(one)
    return made


def put(workspace: Workspace, made: Adapter) -> None:
    promote(
        workspace, DistillConfig(), made.id,
        open_model=lambda _: Wearing(lambda c: "Hi.", lambda c: "Hi!", made.base_fingerprint),
    )  # fmt: skip


def test_an_empty_workspace_says_what_to_do(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = adam(capsys, "distill", "status")
    assert code == 0 and "bare base" in out and "adam review" in out
    assert adam(capsys, "distill", "rollback")[0] == 3
    assert adam(capsys, "distill", "promote")[0] == 3
    assert adam(capsys, "distill", "eval")[0] == 3
    assert adam(capsys, "distill", "promote", "2026-01-01-1")[0] == 5
    assert adam(capsys, "distill", "ls")[0] == 0


def test_status_rollback_and_ls_follow_the_trail(
    workspace: Workspace, two: list[Adapter], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two
    before = workspace.router.read_bytes()
    put(workspace, first)
    put(workspace, second)
    code, out, _ = adam(capsys, "distill", "status")
    assert (
        code == 0 and second.id in out and f"rollback goes to:  {first.id}" in out and "on probation" in out
    )
    states = [json.loads(line) for line in adam(capsys, "distill", "ls", "--json")[1].splitlines()]
    assert [(row["id"], row["state"]) for row in states] == [(first.id, "promoted"), (second.id, "live")]
    code, out, err = adam(capsys, "distill", "rollback", "--why", "too short", "--json")
    assert code == 0, err
    assert json.loads(out)["offline_model"]["adapter"] == first.id
    code, out, _ = adam(capsys, "distill", "rollback", "base")
    assert code == 0 and "the bare base" in out
    assert workspace.router.read_bytes() == before
    assert adam(capsys, "distill", "rollback")[0] == 3
    code, out, _ = adam(capsys, "distill", "show", first.id)
    assert code == 0 and first.id in out and "Promote" in out


def test_a_damaged_target_is_two_lines_and_exit_5(
    workspace: Workspace, two: list[Adapter], capsys: pytest.CaptureFixture[str]
) -> None:
    put(workspace, two[0])
    put(workspace, two[1])
    (AdapterStore(workspace).folder(two[0].id) / "adapters.safetensors").write_bytes(b"x")
    code, _, err = adam(capsys, "distill", "rollback")
    assert code == 5 and len(err.strip().splitlines()) == 2
    assert "has changed" in err and "adam distill rollback base" in err
    assert adam(capsys, "distill", "rollback", "base")[0] == 0


def test_what_the_gate_refused_exits_4_and_says_why(
    workspace: Workspace, two: list[Adapter], capsys: pytest.CaptureFixture[str]
) -> None:
    judged(workspace, two[0], "keep_base")
    judged(workspace, two[1], "inconclusive")
    code, _, err = adam(capsys, "distill", "promote", two[0].id)
    assert code == 4 and "guards says no" in err and f"adam distill show {two[0].id}" in err
    code, _, err = adam(capsys, "distill", "promote", two[1].id)
    assert code == 4 and "--accept-inconclusive" in err


def test_the_gate_on_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "scores.csv"
    rows = [f"c{n},style,g{n},{int(n % 4 == 0)},{int(n % 4 != 1)}" for n in range(60)]
    rows += [f"{kind}-{n},{kind},,1,1" for n in range(3) for kind in ("safety", "format")]
    table.write_text("case_id,category,group,base,distilled\n" + "\n".join(rows) + "\n")
    code, out, _ = adam(capsys, "distill", "gate", "--cases", str(table), "--json")
    found = json.loads(out)
    assert (code, found["verdict"]) == (0, "promote"), found["reason"]
    assert any(rule["passed"] is None for rule in found["rules"])
    table.write_text(table.read_text().replace("safety-0,safety,,1,1", "safety-0,safety,,1,0"))
    code, out, _ = adam(capsys, "distill", "gate", "--cases", str(table))
    assert code == 4 and "safety-0" in out
