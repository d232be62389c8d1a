"""What an assistant may do in a folder: nothing outside, nothing unasked, and no end of time, text or memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from adam.records import ToolCall
from adam.tools import Limits, OwnTool, Request, Toolbox, ToolResult
from adam.tools.schemas import _tool
from adam.tools.text import clean

ESCAPES = [
    line
    for line in (Path(__file__).parents[1] / "data" / "path_escapes.txt").read_text("utf-8").split("\n")
    if line
]


class Owner:
    def __init__(self, answer: bool = True) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> bool:
        self.asked.append(request)
        return self.answer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    (root / "notes.txt").write_text("one\ntwo\nthree\n")
    (root / "docs").mkdir()
    (root / "docs" / "a.md").write_text("# Title\nneedle here\n")
    return root


def use(box: Toolbox, name: str, **arguments: object) -> ToolResult:
    return box.call(ToolCall(name=name, arguments=dict(arguments)))


def test_a_word_is_found_as_it_is_seen(root: Path) -> None:
    """In colours, overwritten, beyond ASCII: what a reader sees is what is searched."""
    (root / "colour.log").write_text("a \x1b[1mFer\x1b[0mry here\n")
    (root / "drawn.log").write_text("xx\rFerry\n")
    (root / "caf\u00e9.txt").write_text("caf\u00e9 Ferry\n", encoding="utf-8")
    box = Toolbox(root)
    found = use(box, "search", pattern="Ferry").text.splitlines()
    assert [line.partition(":")[0] for line in found] == ["caf\u00e9.txt", "colour.log", "drawn.log"]
    assert use(box, "search", pattern="caf\u00e9").text.startswith("caf\u00e9.txt:1:")


def test_reading_listing_searching(root: Path) -> None:
    box = Toolbox(root)
    assert use(box, "read_file", path="notes.txt").text == "one\ntwo\nthree\n"
    assert use(box, "read_file", path="notes.txt", start_line=2, lines=1).text == "two\n"
    assert use(box, "list_files", pattern="*.md").text.startswith("docs/a.md")
    for part in ("a.md", ".md", "docs/", "docs", " a.md "):  # a pattern without stars: anywhere in the path
        assert use(box, "list_files", pattern=part).text.startswith("docs/a.md"), part
    assert use(box, "list_files", pattern="md").text != use(box, "list_files").text
    assert use(box, "search", pattern="NEEDLE", ignore_case=True).text == "docs/a.md:2: needle here"
    assert use(box, "search", pattern="two", path="notes.txt").text == "notes.txt:2: two"
    assert not use(box, "read_file", path="gone.txt").ok
    for near in ("a.md", "other/a.md", "Docs/A.md", " docs/a.md"):  # one file can be meant: it says which it is
        assert use(box, "read_file", path=near).text.endswith("# Title\nneedle here\n"), near
    assert use(box, "read_file", path="a.md").text.startswith("docs/a.md:\n")
    (root / "a.md").write_text("another\n")
    astray = use(box, "read_file", path="other/a.md")
    assert not astray.ok and "docs/a.md" in astray.text and "another" not in astray.text
    assert "docs/a.md" in use(box, "search", pattern="a.md", path="docs").text  # in no line, but of that name
    assert use(box, "search", pattern="a.md", files="*.txt").text == "not found"
    assert use(box, "search", pattern="nowhere").text == "not found"
    assert use(box, "search", pattern=" needle ").text == "docs/a.md:2: needle here"
    for near in ("Needle", " Needle", "NEEDLE here "):
        assert use(box, "search", pattern=near).text == "in other letters:\ndocs/a.md:2: needle here", near
    assert not use(box, "read_file", path="docs").ok
    assert "no regular expression" in use(box, "search", pattern="(").text
    for odd in ("nowhere\\ ", " +nowhere", " {2}nowhere", " *"):
        assert use(box, "search", pattern=odd).ok, odd


def test_writing_shows_the_difference_first_and_a_no_is_a_no(root: Path) -> None:
    owner = Owner(False)
    box = Toolbox(root, owner)
    denied = use(box, "write_file", path="notes.txt", content="one\nTWO\nthree\n")
    assert denied.denied and (root / "notes.txt").read_text() == "one\ntwo\nthree\n"
    assert "-two" in owner.asked[0].detail and "+TWO" in owner.asked[0].detail
    owner.answer = True
    assert use(box, "write_file", path="new/deep/file.txt", content="hello").ok
    assert (root / "new/deep/file.txt").read_text() == "hello"
    assert owner.asked[-1].title == "create new/deep/file.txt"


def test_without_an_owner_nothing_is_written_or_run(root: Path) -> None:
    box = Toolbox(root)
    assert use(box, "write_file", path="x", content="x").denied and not (root / "x").exists()
    assert use(box, "run_command", command="touch y").denied and not (root / "y").exists()
    odd = Toolbox(root, lambda request: "yes")  # type: ignore[arg-type,return-value]
    assert use(odd, "run_command", command="touch y").denied


def test_a_file_that_changed_while_the_owner_looked_is_not_overwritten(root: Path) -> None:
    def approve(request: Request) -> bool:
        (root / "notes.txt").write_text("somebody else")
        return True

    assert not use(Toolbox(root, approve), "write_file", path="notes.txt", content="mine").ok
    assert (root / "notes.txt").read_text() == "somebody else"


def test_an_interruption_while_asking_does_nothing(root: Path) -> None:
    def approve(request: Request) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use(Toolbox(root, approve), "write_file", path="x", content="x")
    assert not (root / "x").exists()


def test_adams_own_records_are_not_for_models(root: Path) -> None:
    owner = Owner()
    box = Toolbox(root, owner)
    for path in ("router.yaml", "logs/reviews.csv", "./logs//runs.csv", "LOGS/runs.csv", ".git/hooks/pre-commit",
                 "data/distill_dataset.jsonl", "distill_config.json"):  # fmt: skip
        assert not use(box, "write_file", path=path, content="x").ok, path
    assert not owner.asked


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()}


def test_no_path_leads_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every listed path, for reading, listing, searching and writing with an owner who says yes to all."""
    outside = root.parent
    (outside / "ws2").mkdir()
    (outside / "ws2" / "notes.txt").write_text("TOPSECRET")
    for name, target in (
        ("link", outside),
        ("link_out", outside),
        ("link_etc", Path("/etc")),
        ("link.txt", outside / "secret.txt"),
        ("docs/up", Path("../..")),
        ("rootlink", Path("/")),
    ):
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    monkeypatch.setenv("HOME", str(outside))
    monkeypatch.chdir(outside)
    links = ["link/secret.txt", "link.txt", "docs/up/secret.txt", "link", "rootlink/etc/passwd", "link/new.txt", "pipe",
             "../secret.txt\0", "notes.txt\0/../../secret.txt", "docs/../../secret.txt"]  # fmt: skip
    decoded = [text.encode().decode("unicode_escape", "ignore") for text in ESCAPES]
    tried = [*ESCAPES, *decoded, *links]
    box = Toolbox(root, Owner())
    before = {path: text for path, text in _tree(outside).items() if not path.startswith(str(root) + "/")}
    escapes = read = 0
    for path in tried:
        for name, arguments in (
            ("read_file", {}), ("list_files", {}), ("search", {"pattern": "TOPSECRET|root:"}), ("write_file", {"content": "PWNED"}),
        ):  # fmt: skip
            result = use(box, name, path=path, **arguments)
            if "TOPSECRET" in result.text or "root:x" in result.text or "secret.txt  " in result.text:
                read += 1
        for link in ("link", "link_out", "link_etc", "link.txt", "docs/up", "rootlink"):
            assert (root / link).is_symlink()
    after = {path: text for path, text in _tree(outside).items() if not path.startswith(str(root) + "/")}
    escapes = len(set(after.items()) ^ set(before.items())) + read
    print(f"\npath escapes: {escapes} of {len(tried)} tried")
    assert escapes == 0


def test_refusals_say_why_and_links_stay_unfollowed(root: Path) -> None:
    (root / "l").symlink_to(root / "notes.txt")
    box = Toolbox(root, Owner())
    assert "symbolic link" in use(box, "read_file", path="l").text
    assert "symbolic link" in use(box, "write_file", path="l", content="x").text
    assert ".." in use(box, "read_file", path="../secret.txt").text
    assert "l " not in use(box, "list_files").text


def test_bad_calls_get_an_answer_that_says_what_is_wrong(root: Path) -> None:
    box = Toolbox(root, Owner())
    assert "there is no tool 'fly'" in use(box, "fly").text
    assert "'path' is missing" in use(box, "read_file").text
    assert "'x' is unknown" in use(box, "read_file", path="a", x=1).text
    assert "is int, not string" in use(box, "read_file", path=1).text
    assert "no finite number" in use(box, "run_command", command="true", timeout_s=float("nan")).text
    assert use(box, "read_file", path="notes.txt", start_line=10**9, lines=-5).ok


def test_commands_run_in_the_folder_and_say_how_they_ended(root: Path) -> None:
    owner = Owner()
    box = Toolbox(root, owner)
    result = use(box, "run_command", command="cat notes.txt; exit 3")
    assert not result.ok and result.text.startswith("exit 3") and "two" in result.text
    assert owner.asked[0].detail == "cat notes.txt; exit 3"
    assert use(box, "run_command", command="pwd").text.splitlines()[1] == str(root)


def test_no_secret_of_the_environment_is_passed_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "HTTPS_PROXY",
        "SSH_AUTH_SOCK",
        "MY_PASSWORD",
        "DATABASE_URL",
    ):
        monkeypatch.setenv(name, "hunter2-secret")
    text = use(Toolbox(root, Owner()), "run_command", command="env; cat /proc/self/environ 2>/dev/null").text
    assert "hunter2-secret" not in text and "PATH=" in text


def test_an_endless_command_is_stopped_with_all_it_started(root: Path) -> None:
    box = Toolbox(root, Owner(), Limits(command_s=0.7))
    command = "setsid sleep 4321 & (sleep 4322 &) ; sleep 4323"
    result = use(box, "run_command", command=command)
    assert not result.ok and "stopped after" in result.text
    left = [p.cmdline() for p in psutil.process_iter(["pid"]) if _sleeps(p)]
    assert not left


def _sleeps(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[:1] == ["sleep"] and process.cmdline()[1:2] in (
            ["4321"],
            ["4322"],
            ["4323"],
            ["4324"],
        )
    except psutil.Error:
        return False


def test_megabytes_of_output_are_cut_in_the_middle(root: Path) -> None:
    box = Toolbox(root, Owner(), Limits(output_chars=4_000))
    result = use(box, "run_command", command="echo first; yes filler | head -c 5000000; echo; echo last")
    assert result.ok and "first" in result.text and "last" in result.text and "left out" in result.text
    assert len(result.text) < 4_300


def test_memory_is_capped(root: Path) -> None:
    box = Toolbox(root, Owner(), Limits(memory_mb=200))
    result = use(box, "run_command", command="python3 -c 'x = bytearray(10**9); print(len(x))'")
    assert not result.ok and "1000000000" not in result.text


def test_background_commands(root: Path) -> None:
    with Toolbox(root, Owner(), Limits(terminals=2)) as box:
        os.mkfifo(root / "gate")
        started = use(box, "run_command", command="echo begun; read x < gate; echo ended", background=True)
        name = started.text.split()[-1]
        assert not use(box, "wait_for_terminal_exit", terminal=name, timeout_s=0).ok
        use(box, "kill_terminal", terminal=name)
        second = use(box, "run_command", command="echo one; echo two", background=True).text.split()[-1]
        assert use(box, "wait_for_terminal_exit", terminal=second, timeout_s=10).ok
        assert "one\ntwo" in use(box, "get_terminal_output", terminal=second).text
        third = use(box, "run_command", command="sleep 4324", background=True).text.split()[-1]
        use(box, "run_command", command="sleep 4324", background=True)
        assert "run already" in use(box, "run_command", command="true", background=True).text
        assert use(box, "release_terminal", terminal=third).ok
        assert "no terminal" in use(box, "get_terminal_output", terminal=third).text
    until = time.monotonic() + 5
    while any(_sleeps(p) for p in psutil.process_iter()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(_sleeps(p) for p in psutil.process_iter())


def test_what_is_asked_is_what_is_shown(root: Path) -> None:
    owner = Owner()
    box = Toolbox(root, owner)
    for command in ("echo ok\x1b[2K", "echo \u202e gnp.exe", "echo a\rrm -rf .", "echo \u200b"):
        assert not use(box, "run_command", command=command).ok
    assert not owner.asked
    use(box, "write_file", path="x.txt", content="safe\x1b[1A\x1b[2Khidden\u202e\n")
    assert "\x1b" not in owner.asked[0].detail and "\\u001b" in owner.asked[0].detail


def test_terminal_codes_of_files_and_programs_are_neutralised(root: Path) -> None:
    assert clean("a\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07b\x00\x9b2J") == "aredb\ufffd"
    assert clean("50%\r100%\nnext\r\n") == "100%\nnext\n"
    (root / "evil.txt").write_bytes(b"\x1b[2J\x1b]52;c;aGk=\x07plain\n")
    assert use(Toolbox(root), "read_file", path="evil.txt").text == "plain\n"


def test_tools_from_elsewhere_ask_when_they_change_something(root: Path) -> None:
    done: list[str] = []
    status = OwnTool(_tool("status", "how it stands"), lambda arguments: "all well")
    train = OwnTool(
        _tool("train", "train"),
        lambda arguments: done.append("x") or "trained",
        lambda arguments: ("train", "3 minutes"),
    )
    box = Toolbox(root, Owner(False), extra=(status, train))
    assert use(box, "status").text == "all well"
    assert use(box, "train").denied and not done
    assert {tool.name for tool in box.tools} >= {"read_file", "run_command", "status", "train"}


def test_a_pattern_that_explodes_is_stopped(root: Path) -> None:
    (root / "a.txt").write_text("a" * 3000 + "!")
    result = use(Toolbox(root, limits=Limits(search_s=0.2)), "search", pattern="(a|aa)+$|(a+)+b")
    assert "stopped after" in result.text or result.text == "not found"
