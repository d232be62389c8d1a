"""A secret that lies in the log comes into nothing that collect, train or eval writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam.distill.collect import collect
from adam.distill.evaluate import evaluate
from adam.distill.train import train
from adam.models.tiny import tiny_folder
from adam.settings import DistillConfig
from adam.workspace import Workspace
from tests.distill.history import CANARY, scripted

SPLIT_OVER_LINES = CANARY[:9] + "\n" + CANARY[9:]


@pytest.mark.slow
def test_no_canary_in_anything_that_collect_train_and_eval_write(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.config.write_text(json.dumps({"mask_secrets_in_log": False}))
    scripted(workspace)
    logged = b"".join(path.read_bytes() for path in workspace.logs.rglob("*.json"))
    assert CANARY.encode() in logged and b"@posteo.de" in logged
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    config = DistillConfig(
        base_model=str(tiny_folder(tmp_path / "tiny")), approved_by="owner", max_per_group=3, max_seq_length=400,
        min_examples=10, rehearsal=0, rank=2, train_steps=4, eval_steps=2, system_prompt="Be brief.",
    )  # fmt: skip
    assert collect(workspace, config, environment={}).excluded["secret"] >= 6
    adapter = train(workspace, config)
    comparison = evaluate(workspace, config, adapter.id)
    assert comparison.pairs and (workspace.adapters() / adapter.id / "eval" / "report.html").is_file()

    written = [p for p in workspace.root.rglob("*") if p.is_file() and p.read_bytes() != before.get(p)]
    assert {"manifest.json", "report.html", "train.jsonl", "distill_dataset.jsonl"} <= {
        p.name for p in written
    }
    for path in written:
        fresh = path.read_bytes().removeprefix(before.get(path, b""))
        for secret in (CANARY, SPLIT_OVER_LINES, "posteo"):
            assert secret.encode() not in fresh, path
