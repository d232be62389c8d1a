"""A whole training on a tiny real base: what is written, what is refused, what survives a kill."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from adam.distill import prepare, train
from adam.errors import AdamError, BadSetting, CheckSaysNo, Locked, ModelFault, NothingToDo
from adam.models.tiny import tiny_folder
from adam.models.training.plan import Event, Machines
from adam.records import Example, Message, Tool, ToolCall
from adam.settings import DistillConfig, load
from adam.store.adapters import AdapterStore
from adam.store.dataset import example_id
from adam.store.files import lock
from adam.store.runs import RunStore
from adam.workspace import Workspace

TOPICS = [
    "tea",
    "rain",
    "wool",
    "bread",
    "chess",
    "salt",
    "glass",
    "honey",
    "maps",
    "stairs",
    "kites",
    "boats",
]
NOTES = Tool(name="note", parameters={"type": "object", "properties": {"text": {"type": "string"}}})


def example(prompt: str, answer: str, split: str = "train") -> Example:
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Example(
        id=example_id(messages, ()),
        prompt=prompt,
        answer=answer,
        messages=messages,
        group=prompt,
        split=split,
    )  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> tuple[Workspace, DistillConfig]:
    workspace = Workspace(tmp_path / "home").make()
    rows = [example(f"Say something of {t}.", f"NOTE: {t}!") for t in TOPICS]
    rows += [example(f"What of {t}?", f"NOTE: {t}!", "valid") for t in ("lamps", "doors")]
    rows += [example(f"And now of {t}?", f"NOTE: {t}!", "test") for t in ("trees", "shoes")]
    write(workspace.dataset, rows)
    config = DistillConfig(
        base_model=str(tiny_folder(tmp_path / "tiny")), min_examples=10, rehearsal=0, rank=2, train_steps=6,
        eval_steps=2, lr=1e-3,
    )  # fmt: skip
    return workspace, config


def write(path: Path, rows: list[Example]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row.model_dump_json(exclude_defaults=True) + "\n" for row in rows))


def test_an_adapter_folder_is_whole_and_plain_mlx_lm_loads_it(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    heard: list[Event] = []
    adapter = train.train(workspace, config, report=heard.append)
    store = AdapterStore(workspace)
    folder = store.folder(adapter.id)
    there = {path.name for path in folder.iterdir()}
    assert {"adapters.safetensors", "adapter_config.json", "metrics.json", "manifest.json", "README.md",
            "prepared", "loss.svg", "loss.png"} <= there  # fmt: skip
    assert not {"state", "plan.json", "begun.json"} & there
    assert store.verify(adapter.id) == adapter
    assert adapter.data_counts["train"] == len(TOPICS)
    assert adapter.valid_loss is not None
    assert adapter.test_loss is not None
    assert adapter.wall_s
    assert adapter.peak_memory_gb
    assert {"begin", "step", "valid", "done"} <= {event.event for event in heard}
    last = list(RunStore(workspace).scan())[-1]
    assert last.task == "distill_train"
    assert last.adapter == adapter.id
    card = (folder / "README.md").read_text()
    assert "NOTE:" not in card  # the card says how many, never what

    code = "import sys; from mlx_lm import load; load(sys.argv[1], adapter_path=sys.argv[2]); print('loaded')"
    done = subprocess.run(
        [sys.executable, "-c", code, config.base_model, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "loaded" in done.stdout, done.stderr[-2000:]


def test_the_same_seed_gives_the_same_adapter(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    one, two = train.train(workspace, config), train.train(workspace, config)
    assert one.id != two.id
    assert one.files["adapters.safetensors"] == two.files["adapters.safetensors"]


def test_it_begins_with_manners_learned_before_unless_rehearsal_is_off(
    home: tuple[Workspace, DistillConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, config = home
    config = config.model_copy(update={"rank": 8, "rehearsal": 0.3, "train_steps": 1, "batch_size": 4, "lr": 1e-9})
    monkeypatch.setattr(train.rehearsal, "draw", lambda *_: [])
    fresh = load_file(AdapterStore(workspace).folder(train.train(workspace, config).id) / "adapters.safetensors")
    learned = {name: np.full_like(w, 0.25).astype(np.float16) for name, w in fresh.items()}
    save_file(learned, tmp_path / "manners.safetensors")
    monkeypatch.setattr(train.manners, "_path", lambda fingerprint, kind: tmp_path / f"manners{kind}.safetensors")
    for share, begins in ((0.3, True), (0.0, False)):
        adapter = train.train(workspace, config.model_copy(update={"rehearsal": share}))
        found = load_file(AdapterStore(workspace).folder(adapter.id) / "adapters.safetensors")
        assert ("kit/manners/manners.safetensors" in adapter.data_origin) == begins
        for name, weight in found.items():
            expected = (0.25 / config.scale if name.endswith("lora_b") else 0.25) if begins else fresh[name]
            assert np.allclose(weight, expected, atol=1e-4), name


def test_a_training_of_tools_begins_with_what_was_kept_for_it(
    home: tuple[Workspace, DistillConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, config = home
    config = config.model_copy(update={"rank": 8, "rehearsal": 0.3, "train_steps": 1, "batch_size": 4})
    monkeypatch.setattr(train.rehearsal, "draw", lambda *_: [])
    monkeypatch.setattr(train.manners, "_path", lambda fingerprint, kind: tmp_path / f"kept{kind}.safetensors")
    folder = AdapterStore(workspace).folder(train.train(workspace, config).id)
    kept = train.manners.keep(folder)
    call = Message(role="assistant", tool_calls=(ToolCall(name="search", arguments={"pattern": "x"}),))
    said, asked = Message(role="assistant", content="An answer."), Message(role="user", content="A question")
    calls, words = (Example(id=f"e{n}", prompt="A question", answer=last.content, messages=(asked, last)) for n, last in enumerate((call, said)))
    assert train.manners.start("", config, [calls, words]) == str(kept)
    assert train.manners.start("", config, [calls] + [words] * 12) == ""
    (tmp_path / "kept.safetensors").write_bytes(b"manners")
    assert train.manners.start("", config, [words]) == str(tmp_path / "kept.safetensors")
    learned, held = load_file(folder / "adapters.safetensors"), load_file(kept)
    for name, weight in learned.items():
        assert np.allclose(weight * (config.scale if name.endswith("lora_b") else 1), held[name], atol=1e-3), name


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    config = config.model_copy(update={"train_steps": 40, "eval_steps": 4})
    whole = train.train(workspace, config)
    killed = threaded_kill(workspace, config, at_step=9)
    store = AdapterStore(workspace)
    assert not (store.folder(killed) / "manifest.json").exists()
    again = train.resume(workspace, config, killed)
    assert again.files["adapters.safetensors"] == whole.files["adapters.safetensors"]
    with pytest.raises(AdamError, match="finished already"):
        train.resume(workspace, config, killed)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_two_ranks_reach_the_weights_of_one_process(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one process, no forked pair
    try:
        heard: list[Event] = []
        one = train.train(workspace, config, report=heard.append)
        assert heard[0].facts["workers"] == 1
    finally:
        os.sched_setaffinity(0, cores)
    two = train.train(workspace, config, report=heard.append, machines=Machines(ranks=2))
    assert heard[-1].facts["workers"] == 2
    assert two.valid_loss == pytest.approx(one.valid_loss, rel=1e-4)
    assert two.test_loss == pytest.approx(one.test_loss, rel=1e-4)
    store = AdapterStore(workspace)
    a, b = (load_file(store.folder(x.id) / "adapters.safetensors") for x in (one, two))
    for name in a:
        assert np.allclose(a[name], b[name], atol=1e-4), name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_rank_that_dies_ends_the_run_and_it_goes_on_from_its_last_checkpoint(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    config = config.model_copy(update={"train_steps": 40, "eval_steps": 4, "patience": 0})
    whole = train.train(workspace, config)
    hosts = workspace.root / "hosts.json"
    hosts.write_text(json.dumps([{"ssh": "127.0.0.1", "ips": ["127.0.0.1"]}] * 2))

    def heard(event: Event) -> None:
        if event.event == "step" and event.step == 9:
            os.kill(ranks(hosts.parent)[1], signal.SIGKILL)

    with pytest.raises(ModelFault, match="was killed by signal 9") as stopped:
        train.train(workspace, config, report=heard, machines=Machines(hosts=str(hosts)))
    assert "--resume" in stopped.value.hint
    assert ranks(hosts.parent) == []
    (killed,) = (path.parent.name for path in workspace.adapters().glob("*/begun.json"))
    again = train.resume(workspace, config, killed)
    assert again.valid_loss == pytest.approx(whole.valid_loss, rel=1e-3)


def ranks(under: Path) -> list[int]:
    """The processes that train there."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            said = place.read_bytes()
            if b"training.child" in said and str(under).encode() in said:
                found.append(int(place.parent.name))
    return sorted(found)


def test_ranks_that_can_not_work_are_refused(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    hosts = workspace.root / "hosts.json"
    hosts.write_text('["far"]')
    for machines, said in (
        (Machines(ranks=16), "batch_size = 8"),
        (Machines(ranks=0), "at least 1"),
        (Machines(ranks=2, backend="tin"), "backend 'tin'"),
        (Machines(hosts=str(hosts)), "not a host file"),
        (Machines(hosts=str(workspace.root / "none.json")), "not a host file"),
    ):
        with pytest.raises(AdamError, match=said):
            train.train(workspace, config, machines=machines)


def threaded_kill(workspace: Workspace, config: DistillConfig, at_step: int) -> str:
    """Kill the training child, as the kernel would, once it is past `at_step`."""

    def heard(event: Event) -> None:
        if event.event == "step" and event.step >= at_step:
            for child in children(os.getpid()):
                os.kill(child, signal.SIGKILL)

    with pytest.raises(ModelFault, match="killed"):
        train.train(workspace, config, report=heard)
    begun = [path.parent.name for path in workspace.adapters().glob("*/begun.json")]
    assert len(begun) == 1
    return begun[0]


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for word in task.read_text().split():
            if b"training.child" in Path(f"/proc/{word}/cmdline").read_bytes():
                found.append(int(word))
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit")
@pytest.mark.parametrize("lasts", [False, True])
def test_a_full_disk_costs_a_checkpoint_not_the_training(
    home: tuple[Workspace, DistillConfig], lasts: bool
) -> None:
    workspace, config = home
    config = config.model_copy(update={"train_steps": 12, "eval_steps": 3, "patience": 0})
    notes: list[str] = []

    def limit(size: int) -> None:
        for child in children(os.getpid()):
            resource.prlimit(child, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def heard(event: Event) -> None:
        if event.event == "step" and event.step == 4:
            limit(2000)  # bytes a file: what is written then fails as it does on a full disk
        if event.event == "note":
            notes.append(event.said)
            if not lasts:
                limit(resource.RLIM_INFINITY)

    if lasts:
        with pytest.raises(ModelFault, match="could be written") as stopped:
            train.train(workspace, config, report=heard)
        adapter = train.resume(workspace, config, stopped.value.hint.split()[-1])
    else:
        adapter = train.train(workspace, config, report=heard)
        assert any(note.startswith("checkpoint of step") for note in adapter.notes)
        assert adapter.best_step is not None
    assert "training goes on" in notes[0]
    assert AdapterStore(workspace).verify(adapter.id) == adapter


def test_prepared_folders_are_mixed_by_their_shares(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    folders = [workspace.root / "notes", workspace.root / "tools"]
    write(folders[0] / "train.jsonl", [example(f"Say something of {t}.", f"NOTE: {t}!") for t in TOPICS])
    write(folders[1] / "train.jsonl", [example(f"Count the {t} there.", f"COUNT: {t}.") for t in TOPICS])
    write(folders[1] / "test.jsonl", [example("Count all that is left.", "COUNT: all.", "test")])
    found = prepare.gather(workspace, config, folders, shares=[0.75, 0.25], force=True)
    notes = [e for e in found.train if e.answer.startswith("NOTE")]
    assert (len(notes), len(found.train), len(found.test)) == (12, 16, 1)
    assert found.origin["share of notes"] == "0.75"
    again = prepare.gather(workspace, config, folders, shares=[0.75, 0.25], force=True)
    assert again.train == found.train


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"rank": 0}, "rank = 0"),
        ({"lr": 1}, "lr = 1"),
        ({"layers": 0}, "layers = 0"),
        ({"train_steps": 0}, "train_steps = 0"),
        ({"eval_steps": 0}, "eval_steps = 0"),
        ({"memory_gb": -1}, "memory_gb = -1"),
    ],
)
def test_a_setting_that_can_not_work_is_refused_by_name(
    workspace: Workspace, flags: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSetting, match=f"the flag: {said}:"):
        load(workspace.config, flags)


def test_too_few_rows_a_leak_or_a_secret_stop_it_before_anything_is_loaded(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    with pytest.raises(NothingToDo, match="min_examples"):
        train.train(workspace, config.model_copy(update={"min_examples": 50}))
    rows = workspace.dataset.read_text()
    given = workspace.root / "given.jsonl"
    leak = example("Say something of tea!", "NOTE: tea!", "test")
    given.write_text(rows + leak.model_dump_json(exclude_defaults=True) + "\n")
    with pytest.raises(CheckSaysNo, match="leak"):
        train.train(workspace, config, data=[given])
    secret = example("How do I log in at the forum?", "NOTE: my password is orchid-Lamp-93")
    given.write_text(rows + secret.model_dump_json(exclude_defaults=True) + "\n")
    with pytest.raises(CheckSaysNo, match="secret") as stopped:
        train.train(workspace, config, data=[given])
    assert "orchid" not in str(stopped.value)
    call = ToolCall(id="c1", name="note", arguments={"text": "my password is orchid-Lamp-93"})
    spoken = (
        Message(role="user", content="Keep that for me."),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", call_id="c1", name="note", content="kept"),
        Message(role="assistant", content="NOTE: kept"),
    )
    in_a_call = example("Keep that for me.", "NOTE: kept").model_copy(
        update={"messages": spoken, "tools": (NOTES,)}
    )
    given.write_text(rows + in_a_call.model_dump_json(exclude_defaults=True) + "\n")
    with pytest.raises(CheckSaysNo, match="secret") as stopped:
        train.train(workspace, config, data=[given])
    assert "orchid" not in str(stopped.value)
    assert not list(workspace.adapters().glob("*/adapters.safetensors"))


def test_a_plan_writes_nothing_and_one_that_cannot_fit_is_refused_before_anything_is_loaded(
    home: tuple[Workspace, DistillConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, config = home
    before = sorted(p for p in workspace.root.rglob("*"))
    look = train.plan(workspace, config)
    assert look.rows == len(TOPICS)
    assert look.steps == 6
    assert sorted(p for p in workspace.root.rglob("*")) == before
    tight = config.model_copy(update={"memory_gb": 0.01, "rehearsal": 0.5})
    assert not train.plan(workspace, tight).fits
    monkeypatch.setattr(subprocess, "Popen", None)  # no child: neither the training's nor the kit's answers
    with pytest.raises(ModelFault, match=r"would take .* GB; 0\.0 GB are there \(nothing was loaded: .* GB\)") as no:
        train.train(workspace, tight)
    assert "Even batch_size 1 with checkpointing" in no.value.hint
    assert not list(workspace.adapters().glob("*/*"))


def test_too_little_memory_takes_smaller_batches_that_learn_as_much_a_step(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    rows = [example(f"Say {t} {n} times.", f"NOTE: {t}! " * 60) for n in range(3) for t in TOPICS]
    write(workspace.dataset, [*rows, example("What of lamps?", "NOTE: lamps!", "valid")])
    asked = train.plan(workspace, config)
    assert asked.memory_gb
    tight = config.model_copy(update={"memory_gb": round(asked.memory_gb - 0.005, 3)})
    look = train.plan(workspace, tight)
    assert look.fits
    assert "instead" in look.adapted
    assert look.steps == asked.steps
    adapter = train.train(workspace, tight)
    assert look.adapted in adapter.notes
    assert adapter.settings == tight.model_dump()  # as the owner has them


def test_the_first_steps_correct_the_forecast_and_the_manifest_has_both(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    heard: list[Event] = []
    adapter = train.train(workspace, config, report=heard.append)
    (probe,) = [event for event in heard if event.event == "probe"]
    assert probe.said.startswith("after 4 steps: about")
    assert {"seconds", "memory_gb", "probed_seconds", "probed_memory_gb"} <= adapter.predicted.keys()
    assert adapter.wall_s
    assert adapter.predicted["probed_seconds"] == pytest.approx(adapter.wall_s, abs=4)
    assert adapter.peak_memory_gb
    assert adapter.predicted["probed_memory_gb"] == pytest.approx(adapter.peak_memory_gb, rel=0.3)


def test_a_batch_larger_than_the_set_and_a_second_training_are_refused(
    home: tuple[Workspace, DistillConfig],
) -> None:
    workspace, config = home
    with pytest.raises(BadSetting, match="batch_size"):
        train.train(workspace, config.model_copy(update={"batch_size": 64}))
    with lock(workspace, "train"), pytest.raises(Locked):
        train.train(workspace, config)


def test_a_time_limit_stops_it_cleanly_with_the_best_so_far(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    began = time.monotonic()
    adapter = train.train(
        workspace,
        config.model_copy(update={"train_steps": 2000, "eval_steps": 5, "max_minutes": 0.1, "patience": 0}),
    )
    assert time.monotonic() - began < 100
    assert "fit into 0.1 minutes" in " ".join(adapter.notes)
    assert json.loads((AdapterStore(workspace).folder(adapter.id) / "metrics.json").read_text())
