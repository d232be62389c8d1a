"""What stays on this machine, and what the cloud has cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adam.chat.private import privacy
from adam.chat.spend import Spend, cost_of, spent_on
from adam.errors import BadSetting
from adam.records import CloudModel, RouterState, Run
from adam.settings import DistillConfig
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace


def test_secrets_and_the_owners_patterns_are_private(workspace: Workspace) -> None:
    (workspace.root / ".env").write_text("SHOP_TOKEN=zx81-Quarz-Lampe-77\n")
    state = RouterState(private_patterns=("(?i)project heron",))
    look = privacy(workspace, DistillConfig(), state, {})
    assert look.why("what is the capital of France?") == ""
    assert "private_patterns" in look.why("Tell me about Project Heron")
    assert look.why("my password is hunter2-Zebra!") and look.why("use zx81-Quarz-Lampe-77 there")
    masked = look.masked("Project Heron: my password is hunter2-Zebra!")
    assert "Heron" not in masked and "hunter2" not in masked
    assert look.why("x" * 300_000)


def test_a_broken_pattern_is_named(workspace: Workspace) -> None:
    with pytest.raises(BadSetting, match="private_patterns"):
        privacy(workspace, DistillConfig(), RouterState(private_patterns=("(",)), {})


def test_the_days_sum(workspace: Workspace) -> None:
    store = RunStore(workspace)
    now = datetime(2026, 11, 20, 12, tzinfo=UTC).astimezone()
    yesterday = now - timedelta(days=1)
    runs = [(yesterday, 5.0)] + [(now, 0.01)] * 250 + [(now, None)]
    store.append_many(
        [Run(id=new_run_id(at), time=at, prompt="p", route="cloud", cost_usd=cost) for at, cost in runs]
    )
    assert spent_on(store, now) == pytest.approx(2.5)
    spend = Spend(store)
    assert spend.today(now) == pytest.approx(2.5)
    spend.add(0.5, now)
    assert spend.today(now) == pytest.approx(3.0)
    assert spend.today(now + timedelta(days=1)) == 0


def test_what_an_answer_costs() -> None:
    own = CloudModel(model="m", input_usd_per_million=1.0, output_usd_per_million=10.0)
    assert cost_of(own, 1_000_000, 100_000) == pytest.approx(2.0)
    listed = cost_of(CloudModel(model="gpt-5-mini"), 1000, 1000)
    assert listed is not None and 0 < listed < 0.1
    assert cost_of(CloudModel(model="no-such-model-xyz"), 1, 1) is None
    assert cost_of(CloudModel(model="gpt-5-mini", base_url="http://localhost:1/v1"), 1000, 1000) is None
