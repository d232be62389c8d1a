"""Which model answers a prompt, and why. Pure: what it must know is handed in; see docs/routing.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from adam.errors import BadSetting, BadUsage, NoModel
from adam.records import CloudModel, Route, RouterState

CLOUD, OFFLINE, EMBEDDED, AUTO = "cloud", "offline", "embedded", "auto"
READ = 20_000  # characters of a prompt that a rule's pattern looks at
PATIENCE_S = 0.02  # for one pattern; a pattern that explodes must not hold up the answer


class Verdict(NamedTuple):
    rule: str
    fits: bool
    why: str


@dataclass(frozen=True)
class Choice:
    """`model` is cloud, offline, embedded, the name of a server in router.yaml, or an adapter's id (`base`: the
    bare one). `verdicts` has every rule in its order; the first that fits decides."""

    model: str
    route: Route
    reason: str
    verdicts: tuple[Verdict, ...] = ()
    private: str = ""  # why the prompt looks private; "" when it doesn't
    masked: bool = False  # the owner sends a private prompt out himself: its secrets are masked on the way

    @property
    def leaves(self) -> bool:
        """Does the prompt leave this machine?"""
        return self.route == "cloud"


def choose(
    prompt: str,
    state: RouterState,
    *,
    said: str | None = None,
    offline: bool = False,
    task: str = "chat",
    cloud_ready: bool = False,
    spent_today: float = 0.0,
    is_private: Callable[[str], str | bool] = lambda prompt: "",
    adapters: Callable[[str], bool] = lambda name: False,
) -> Choice:
    """The first rule that fits decides: said by the owner, offline, private, rules, default.

    `is_private` says why a prompt looks private ("" or False: it doesn't). `adapters` says whether a name is
    a kept adapter's. The day's spending limit stands above all of them. BadUsage for a model nobody knows.
    """
    private = _reason(is_private(prompt))
    shut = _shut(state, cloud_ready, spent_today)
    verdicts: list[Verdict] = []
    found: tuple[str, str] | None = None

    def rule(name: str, fits: bool, why: str, model: str = "", reason: str = "") -> None:
        nonlocal found
        if fits and model and found is None:
            if leaves(model, state) and _closed(model, shut, state):
                verdicts.append(Verdict(name, False, f"{why}, but {_closed(model, shut, state)}"))
                return
            found = model, reason or why
        verdicts.append(Verdict(name, fits, why))

    named = said if said and said != AUTO else ""
    if named:
        _known(named, state, adapters)
        if named == CLOUD and state.cloud is None:
            raise NoModel(
                "no cloud model is set", f"Write one under `cloud:` in router.yaml, or ask -m {OFFLINE}."
            )
        rule("said by you", True, f"you asked for {named}", named)
        if found is None and named != OFFLINE:
            found = OFFLINE, verdicts[-1].why
    else:
        rule("said by you", False, "you named no model")
    hushed = "offline_only in router.yaml" if state.offline_only else "you are offline" if offline else ""
    rule("offline", bool(hushed), hushed or "you are online", OFFLINE)
    rule(
        "private", bool(private), private or "nothing private in it", OFFLINE, f"it looks private ({private})"
    )
    for number, line in enumerate(state.rules, 1):
        name = line.name or f"rule {number}"
        fits, why = _fits(line.pattern, line.task, prompt, task)
        model = _default(state, shut) if line.model == AUTO else line.model
        if fits:
            _known(model, state, adapters, f"rule '{name}'")
        rule(name, fits, why, model, f"rule '{name}'")
    model = _default(state, shut) if state.default == AUTO else state.default
    _known(model, state, adapters, "default")
    rule("default", True, f"default: {state.default}{_how(model, state, shut)}", model)
    if found is None:  # the default is shut
        found = OFFLINE, verdicts[-1].why
    model, reason = found
    out = leaves(model, state)
    return Choice(model, _route(model, state), reason, tuple(verdicts), private, bool(out and private))


def leaves(model: str, state: RouterState) -> bool:
    """Does a prompt to this model leave the machine? A server on loopback doesn't count."""
    return _route(model, state) == "cloud"


def server(model: str, state: RouterState) -> CloudModel | None:
    """The settings of a model behind a server; None for the ones in this process."""
    return state.cloud if model == CLOUD else state.models.get(model)


def _route(model: str, state: RouterState) -> Route:
    if model == CLOUD:
        return "cloud"
    there = state.models.get(model)
    if there is None:
        return "offline"
    return "local" if on_loopback(there.base_url) else "cloud"


def on_loopback(base_url: str) -> bool:
    host = (urlsplit(base_url).hostname or "").lower() if base_url else ""
    parts = host.split(".")
    numeric = len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)
    return host in {"localhost", "::1"} or (numeric and parts[0] == "127")


class _Shut(NamedTuple):
    cloud: str  # why the cloud can't be asked at all; "" when it can
    money: str  # why nothing may cost any more


def _shut(state: RouterState, cloud_ready: bool, spent: float) -> _Shut:
    cloud = ""
    if state.cloud is None:
        cloud = "no cloud model is set"
    elif not cloud_ready:
        cloud = "the cloud model can't be reached (no key or no network)"
    limit = state.daily_limit_usd
    money = ""
    if limit is not None and spent >= limit:
        money = f"the day's limit is reached (${spent:.2f} of ${limit:.2f})"
    return _Shut(cloud, money)


def _closed(model: str, shut: _Shut, state: RouterState) -> str:
    return (shut.cloud if model == CLOUD else "") or (shut.money if leaves(model, state) else "")


def _default(state: RouterState, shut: _Shut) -> str:
    """What `auto` means today: the promoted adapter, else the cloud, else the embedded model."""
    if state.offline_model.adapter:
        return OFFLINE
    if state.cloud is not None and not _closed(CLOUD, shut, state):
        return CLOUD
    return OFFLINE


def _how(model: str, state: RouterState, shut: _Shut) -> str:
    if state.default != AUTO:
        return ""
    if state.offline_model.adapter:
        return f" → offline_model, adapter {state.offline_model.adapter}"
    if model == CLOUD:
        return " → the cloud model (no adapter is promoted yet)"
    return f" → {state.offline_model.base} ({_closed(CLOUD, shut, state) or 'no cloud model is set'})"


def _known(model: str, state: RouterState, adapters: Callable[[str], bool], where: str = "") -> None:
    if model in {CLOUD, OFFLINE, EMBEDDED, "base"} or model in state.models or adapters(model):
        return
    names = ", ".join(["auto", "cloud", "offline", "base", *state.models])
    raise (BadSetting if where else BadUsage)(
        f"no model '{model}'" + (f" ({where} in router.yaml)" if where else ""),
        f"There are: {names}, and each adapter of `adam distill ls` by its id.",
    )


def _fits(pattern: str, task: str, prompt: str, now: str) -> tuple[bool, str]:
    if not pattern and not task:
        return False, "it has neither a pattern nor a task"
    if task and task != now:
        return False, f"task is {now}, not {task}"
    if not pattern:
        return True, f"task is {task}"
    try:
        hit = _compiled(pattern).search(prompt[:READ], timeout=PATIENCE_S)
    except TimeoutError:
        return False, f"/{pattern}/ takes too long"
    if hit is None:
        return False, f"/{pattern}/ isn't in it"
    return True, f"/{pattern}/ is in it"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise BadSetting(
            f"router.yaml: {pattern!r} is no regular expression ({error})", "Mend it in router.yaml."
        ) from None


def _reason(said: str | bool) -> str:
    return said if isinstance(said, str) else "your rules" if said else ""
