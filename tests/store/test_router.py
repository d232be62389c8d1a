from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.errors import AdamError, BadFile, BadSetting
from adam.records import Offline
from adam.store.router import RouterStore, parse
from adam.workspace import ROUTER_YAML, Workspace

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)

BY_HAND = """\
# mine
default:   'auto'    # odd spaces
rules:
    - {name: a, pattern: "x", model: cloud}   # flow
    -   name: b
        pattern: >-
          folded
          text
offline_model:   # here
    # the base
    base: "smollm2-135m"   # quoted
    adapter:    ''  # none yet

    # trailing comment

offline_only: false
"""


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(base=TEXT, adapter=TEXT, text=st.sampled_from([BY_HAND, ROUTER_YAML, BY_HAND.replace("\n", "\r\n")]))
def test_only_the_value_itself_changes(workspace: Workspace, base: str, adapter: str, text: str) -> None:
    workspace.router.write_bytes(text.encode())
    workspace.router_history.unlink(missing_ok=True)
    store = RouterStore(workspace)
    first = store.load().offline_model
    state = store.set_offline(Offline(base=base, adapter=adapter), "test")
    assert state == store.load()
    assert state.offline_model == Offline(base=base, adapter=adapter)
    after = workspace.router.read_bytes().decode()
    old, new = text.split("\n"), after.split("\n")
    assert len(old) == len(new)
    for was, now in zip(old, new, strict=True):
        if was != now:
            key, _, rest = was.partition(":")
            assert key.strip() in {"base", "adapter"} and now.startswith(key + ":")
            _, mark, comment = rest.partition("#")
            assert now.endswith(mark + comment)
    store.set_offline(first, "back")
    assert workspace.router.read_bytes() == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "version: 1",
        "offline_model: smollm2-135m  # short\nrules: []\n",
        "offline_model: {base: x}\n",
        "offline_model: {}\nversion: 1\n",
        "offline_model:\n  base: x\n\n# about rules\nrules:\n",
        "offline_model:\n  adapter: a # c\n",
        "offline_model:\nversion: 1\n",
        "---\nversion: 1\n",
        "rules:\n- name: a\n  pattern: x\n\n# end\n",
    ],
)
def test_a_key_that_is_not_there_yet_is_put_in(workspace: Workspace, text: str) -> None:
    workspace.router.write_text(text)
    store = RouterStore(workspace)
    before = store.load()
    wanted = Offline(base="other", adapter="2026-11-20-1")
    assert store.set_offline(wanted, "promote") == before.model_copy(update={"offline_model": wanted})
    for line in text.splitlines():
        if "#" in line:
            assert line[line.index("#") :] in workspace.router.read_text()
    store.set_offline(before.offline_model, "rollback")
    assert workspace.router.read_text() == text
    store.set_value("offline_only", True)
    store.set_value("cloud.model", "gpt-5-mini")
    assert store.load().offline_only and store.load().cloud is not None


def test_going_back_after_an_edit_by_hand_keeps_the_edit(workspace: Workspace) -> None:
    store = RouterStore(workspace)
    store.set_offline(Offline(adapter="a-1"), "promote")
    text = workspace.router.read_text().replace("offline_only: false", "offline_only: true  # mine")
    workspace.router.write_text(text)
    state = store.set_offline(Offline(), "rollback")
    assert state.offline_only and state.offline_model == Offline()
    assert "offline_only: true  # mine" in workspace.router.read_text()


def test_the_history_holds_the_way_back(workspace: Workspace) -> None:
    store = RouterStore(workspace)
    store.set_offline(Offline(adapter="a-1"), "promote", adapter="a-1")
    store.set_offline(Offline(adapter="a-2"), "promote")
    entries = store.history()
    assert [(e["reason"], e["from"]["adapter"], e["to"]["adapter"]) for e in entries] == [
        ("promote", "", "a-1"),
        ("promote", "a-1", "a-2"),
    ]
    assert entries[0]["before"] == ROUTER_YAML and entries[0]["adapter"] == "a-1"
    store.restore(entries[0]["before"], "by hand")
    assert workspace.router.read_text() == ROUTER_YAML
    store.set_offline(Offline(), "nothing to change")
    assert len(store.history()) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("offline_modle: x\n", "unknown setting 'offline_modle'"),
        ("offline_only: maybe\n", "offline_only"),
        ("deadline_s: 0\n", "deadline_s"),
        ("deadline_s: 1:30\n", "deadline_s"),
        ("cloud:\n  modle: x\n", "cloud.modle"),
        ("rules: nothing\n", "rules"),
        ("version: 1\nversion: 1\n", "key"),
        ("version: 9\n", "newer Adam"),
        ("- a\n", "not a mapping"),
        ("a: [1\n", ":2: "),
        ("a: \x07\n", "router.yaml"),
        ("cloud: !!python/object:os.system x\n", "router.yaml"),
    ],
)
def test_what_is_wrong_is_named(workspace: Workspace, text: str, said: str) -> None:
    workspace.router.write_text(text)
    store = RouterStore(workspace)
    for act in (store.load, lambda: store.set_offline(Offline(adapter="a"), "x")):
        with pytest.raises(AdamError) as caught:
            act()
        assert isinstance(caught.value, BadSetting | BadFile)
        assert said in caught.value.message and "router.yaml" in caught.value.message
        assert caught.value.hint
    assert workspace.router.read_text() == text


def test_the_nearest_key_is_offered(workspace: Workspace) -> None:
    workspace.router.write_text("offline_modle: x\n")
    with pytest.raises(BadSetting, match="Did you mean 'offline_model'"):
        RouterStore(workspace).load()


def test_words_stay_words() -> None:
    tree = parse("a: no\nb: 012\nc: 1:30\nd: on\n", __import__("pathlib").Path("x"))
    assert (tree["a"], tree["c"], tree["d"]) == ("no", "1:30", "on")


def test_a_bom_is_no_harm(workspace: Workspace) -> None:
    raw = b"\xef\xbb\xbf" + ROUTER_YAML.encode()
    workspace.router.write_bytes(raw)
    store = RouterStore(workspace)
    store.set_offline(Offline(adapter="a-1"), "promote")
    assert store.load().offline_model.adapter == "a-1"
    store.set_offline(Offline(), "rollback")
    assert workspace.router.read_bytes() == raw
