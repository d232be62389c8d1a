"""Which model answers: the order of the rules, what stays here, and that nothing costs above the limit."""

from __future__ import annotations

import time

import pytest

from adam.chat.router import choose, on_loopback
from adam.errors import BadSetting, BadUsage, NoModel
from adam.records import CloudModel, Offline, RouterState, RouteRule

CLOUD = CloudModel(model="gpt-5-mini")
WITH_CLOUD = RouterState(cloud=CLOUD)
PROMOTED = RouterState(cloud=CLOUD, offline_model=Offline(adapter="2026-11-20-2"))


def test_nothing_configured_is_answered_by_the_embedded_model() -> None:
    choice = choose("hello", RouterState())
    assert (choice.model, choice.route) == ("offline", "offline")
    assert "no cloud model is set" in choice.reason


def test_auto_is_the_cloud_until_an_adapter_is_promoted() -> None:
    assert choose("hello", WITH_CLOUD, cloud_ready=True).model == "cloud"
    assert choose("hello", PROMOTED, cloud_ready=True).model == "offline"
    assert "2026-11-20-2" in choose("hello", PROMOTED, cloud_ready=True).reason


def test_what_the_owner_says_comes_before_everything() -> None:
    choice = choose(
        "hi", PROMOTED, said="cloud", offline=True, cloud_ready=True, is_private=lambda p: "password"
    )
    assert (choice.model, choice.route) == ("cloud", "cloud")
    assert choice.masked and choice.private == "password"


def test_offline_comes_before_rules_and_privacy() -> None:
    state = RouterState(cloud=CLOUD, rules=(RouteRule(pattern="hi", model="cloud"),))
    choice = choose("hi", state, offline=True, cloud_ready=True)
    assert choice.model == "offline" and "offline" in choice.reason
    only = choose("hi", state.model_copy(update={"offline_only": True}), cloud_ready=True)
    assert only.model == "offline" and "offline_only" in only.reason


def test_a_private_prompt_stays_here_whatever_the_rules_say() -> None:
    state = RouterState(cloud=CLOUD, rules=(RouteRule(pattern=".", model="cloud"),))
    choice = choose("my pin", state, cloud_ready=True, is_private=lambda p: "pin")
    assert choice.model == "offline" and "pin" in choice.reason and not choice.leaves


def test_the_first_rule_that_fits_decides_and_every_verdict_is_there() -> None:
    state = RouterState(
        cloud=CLOUD,
        models={"studio": CloudModel(model="q", base_url="http://localhost:1234/v1")},
        rules=(
            RouteRule(name="poems", pattern="(?i)poem", model="offline"),
            RouteRule(name="code", pattern="def ", model="studio"),
            RouteRule(name="teacher", task="teacher", model="cloud"),
        ),
    )
    code = choose("def f(): a poem", state, cloud_ready=True)
    assert code.model == "offline" and "poems" in code.reason
    assert [v.rule for v in code.verdicts] == [
        "said by you",
        "offline",
        "private",
        "poems",
        "code",
        "teacher",
        "default",
    ]
    assert [v.fits for v in code.verdicts] == [False, False, False, True, True, False, True]
    studio = choose("def f()", state, cloud_ready=True)
    assert (studio.model, studio.route, studio.leaves) == ("studio", "local", False)
    assert choose("x", state, task="teacher", cloud_ready=True).model == "cloud"


def test_a_rule_for_a_cloud_that_is_not_ready_is_passed_over_and_says_why() -> None:
    state = RouterState(cloud=CLOUD, rules=(RouteRule(name="r", pattern="x", model="cloud"),))
    choice = choose("x", state, cloud_ready=False)
    assert choice.model == "offline"
    assert "no key or no network" in next(v for v in choice.verdicts if v.rule == "r").why


def test_the_daily_limit_stands_above_even_what_was_said() -> None:
    state = RouterState(cloud=CLOUD, daily_limit_usd=1.0)
    assert choose("x", state, cloud_ready=True, spent_today=0.99).model == "cloud"
    choice = choose("x", state, said="cloud", cloud_ready=True, spent_today=1.0)
    assert choice.model == "offline" and "$1.00 of $1.00" in choice.reason
    remote = state.model_copy(
        update={"models": {"far": CloudModel(model="m", base_url="https://far.example/v1")}}
    )
    assert choose("x", remote, said="far", spent_today=2.0).model == "offline"


def test_names_nobody_knows_are_refused() -> None:
    with pytest.raises(BadUsage, match="no model 'gpt'"):
        choose("x", RouterState(), said="gpt")
    with pytest.raises(BadSetting, match="rule 'a'"):
        choose("x", RouterState(rules=(RouteRule(name="a", pattern="x", model="nope"),)))
    with pytest.raises(BadSetting, match="default"):
        choose("x", RouterState(default="nope"))
    with pytest.raises(NoModel):
        choose("x", RouterState(), said="cloud")
    assert (
        choose("x", RouterState(), said="2026-11-20-1", adapters=lambda n: n == "2026-11-20-1").route
        == "offline"
    )


def test_a_broken_pattern_is_named_and_an_exploding_one_is_passed_over() -> None:
    with pytest.raises(BadSetting, match="no regular expression"):
        choose("x", RouterState(rules=(RouteRule(pattern="("),)))
    state = RouterState(rules=(RouteRule(name="bomb", pattern=r"(a|aa)+\b$|(a+)+c", model="offline"),))
    verdict = next(v for v in choose("a" * 5000 + "b", state).verdicts if v.rule == "bomb")
    assert not verdict.fits


def test_loopback_is_what_stays_on_this_machine() -> None:
    for url in ("http://localhost:1/v1", "http://127.0.0.1:8080", "http://[::1]:9/v1", "http://127.1.2.3"):
        assert on_loopback(url), url
    for url in (
        "",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1/v1",
        "https://api.openai.com/v1",
        "http://localhost.evil",
    ):
        assert not on_loopback(url), url


def test_choosing_takes_no_time() -> None:
    state = RouterState(
        cloud=CLOUD, rules=tuple(RouteRule(pattern=f"word{i}", model="cloud") for i in range(20))
    )
    choose("warm", state)
    begin = time.perf_counter()
    for _ in range(50):
        choose("a prompt of usual length " * 20, state, cloud_ready=True)
    print(f"\nrouting: {(time.perf_counter() - begin) / 50 * 1e3:.3f} ms a decision")
