"""The nouns that travel between the rooms. Frozen; unknown keys refused; NaN and infinity refused.

A record is written once and never edited: a change is a new record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1  # of every file Adam writes; an older one is migrated (store/migrations.py), a newer one refused

Finite = Annotated[float, Field(allow_inf_nan=False)]
Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Role = Literal["system", "user", "assistant", "tool"]
Split = Literal["train", "valid", "test"]
Route = Literal["cloud", "offline", "local", "scripted", ""]
Task = Literal[
    "chat", "teacher", "eval", "import",
    "distill_collect", "distill_train", "distill_eval", "distill_promote", "distill_rollback",
]  # fmt: skip


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", defer_build=True)


# ── talk ──────────────────────────────────────────────────────────────────────────────────────────
class ToolCall(Record):
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    id: str = ""


class Message(Record):
    """One turn. An assistant turn may carry tool calls; a `tool` turn answers the call `call_id`."""

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    name: str = ""  # of the tool that answered


class Tool(Record):
    """What a model is told of a tool: `parameters` is a JSON schema of an object."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})


class Recipe(Record):
    """How a model is addressed. Training, evaluation and the offline route use one and the same."""

    system: str = ""
    tools: tuple[Tool, ...] = ()
    template: str = ""  # sha256 of the chat template; "" for the base's own as it lies
    max_tokens: int = 256
    temperature: Finite = 0.0
    repetition_penalty: Finite = 1.0
    break_loops: bool = True  # a phrase that comes back becomes ever less likely
    no_words: tuple[str, ...] = ()  # open the refusals that it learned: said first only when meant (models/meant.py)

    def bare(self) -> Recipe:
        """For the base alone: it has learned no refusals."""
        return self.model_copy(update={"no_words": ()})


# ── a run and its verdict ─────────────────────────────────────────────────────────────────────────
class Run(Record):
    """One exchange. `runs.csv` holds a short line of it, `logs/artifacts/<id>.json` all of it."""

    id: str  # 20261120-143015-a1b2c3: sorts by time
    time: datetime
    task: Task = "chat"
    prompt: str = ""
    answer: str = ""
    messages: tuple[Message, ...] = ()  # the whole exchange, tool calls and their real results included
    tools: tuple[Tool, ...] = ()
    route: Route = ""
    reason: str = ""  # why this route
    model: str = ""
    adapter: str = ""
    status: Literal["ok", "error", "interrupted", "cut_off", "runaway"] = "ok"
    error: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    first_token_ms: Finite | None = None
    duration_ms: Finite | None = None
    cost_usd: Finite | None = None
    case_id: str = ""  # the eval case it answered
    session: str = ""
    tags: tuple[str, ...] = ()  # "private", "kept", …
    approved: bool | None = None  # as typed into runs.csv by hand or by a foreign file; a Review wins
    score: Score | None = None
    approved_by: str = ""
    category: str = ""
    details: dict[str, Any] = Field(default_factory=dict)  # settings, statistics of a distill run, …


class Review(Record):
    run: str
    verdict: Literal["approved", "rejected", "corrected", "undone"]
    score: Score | None = None
    by: str = ""
    at: datetime
    answer_sha256: str  # of the answer that was judged; another answer is unreviewed again
    correction: str = ""
    note: str = ""


class Verdict(Record):
    """What counts for a run in the end: its newest review, else what was typed into runs.csv."""

    approved: bool | None = None  # None: not reviewed
    score: Score | None = None
    by: str = ""
    at: datetime | None = None
    correction: str = ""
    origin: Literal["review", "cell", "none", "stale"] = "none"  # stale: the answer has changed since


# ── the data set ──────────────────────────────────────────────────────────────────────────────────
KIT = "rehearsal:"  # how the source of a kit row begins
BEGUN = "rehearsal:begun"  # source of an example whose answer is only the beginning of one


class Example(Record):
    """One approved pair, ready to learn. `id` is a hash of its messages and tools."""

    id: str
    prompt: str
    answer: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    source: str = "run"  # run, correction, eval, import:<name>, hand_authored, domain, rehearsal:<kind>
    run: str = ""
    score: Score | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    category: str = ""
    group: str = ""
    split: Split = "train"


class EvalCase(Record):
    """A row of an eval sheet. `checks` is one check a line, as written in the sheet."""

    case_id: str
    prompt: str
    category: str = "general"
    expected: str = ""
    checks: str = ""
    weight: Finite = 1.0
    split: Literal["test", "train"] = "test"
    approved: bool | None = None
    score: Score | None = None
    last_run: str = ""
    notes: str = ""
    group: str = ""
    guard: bool = False  # a safety or format row of the gate: plain pass/fail
    messages: tuple[Message, ...] = ()  # when a case is more than one prompt (held-out tool rows)
    tools: tuple[Tool, ...] = ()


# ── answers of models ─────────────────────────────────────────────────────────────────────────────
FinishReason = Literal["stop", "length", "runaway", "timeout", "error", "cancelled", "tool_calls"]


class Answer(Record):
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason = "stop"
    error: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    first_token_s: Finite | None = None
    tokens_per_s: Finite | None = None
    mean_logprob: Finite | None = None  # not of many at once on a CPU, where it would cost a twentieth of their time


class Outcome(Record):
    """One model's answer to one case, scored. A crash, a time-out, an empty answer is a 0 with an error."""

    case_id: str
    category: str = ""
    group: str = ""
    score: Score
    answer: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    checks: tuple[tuple[str, Score, str], ...] = ()  # check, its score, why
    finish_reason: FinishReason = "stop"
    error: str = ""
    turns: int = 1
    duration_ms: Finite | None = None
    answer_tokens: int | None = None
    guard: bool = False
    weak: bool = False  # judged by similarity alone
    content: Score | None = None  # the score without what mere length can move; None: nothing else was judged


# ── adapters, comparison, decision ────────────────────────────────────────────────────────────────
class Adapter(Record):
    """A trained adapter: manifest.json of `distill_out/<id>/`, written last."""

    id: str
    created: datetime
    base: str
    base_fingerprint: str
    adapter_type: Literal["lora", "qlora", "dora"] = "lora"
    settings: dict[str, Any] = Field(default_factory=dict)
    recipe: Recipe = Recipe()
    data_sha256: str = ""
    data_counts: dict[str, int] = Field(default_factory=dict)  # by split, source, category
    data_origin: dict[str, str] = Field(default_factory=dict)
    example_ids: tuple[str, ...] = ()  # what it learned, so that forgetting can find it
    released: tuple[str, ...] = ()  # kinds of secrets the owner let through by `allow_private`
    files: dict[str, str] = Field(default_factory=dict)  # name → sha256; checked before each load
    best_step: int | None = None
    valid_loss: Finite | None = None
    test_loss: Finite | None = None
    wall_s: Finite | None = None
    peak_memory_gb: Finite | None = None
    trained_tokens: int | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    predicted: dict[str, float] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    schema_version: int = SCHEMA


class Rule(Record):
    name: str
    passed: bool | None  # None: this table can't answer it
    said: str  # one sentence with the figures
    value: Finite | None = None
    needed: Finite | None = None
    cases: tuple[str, ...] = ()  # the rows that broke it


class Decision(Record):
    verdict: Literal["promote", "keep_base", "inconclusive"]
    rules: tuple[Rule, ...]
    delta: Finite | None = None
    lower: Finite | None = None
    n: int = 0
    needs: int | None = None
    reason: str = ""


class Pair(Record):
    """Base and distilled on one case."""

    case_id: str
    category: str = ""
    group: str = ""
    guard: bool = False
    weak: bool = False
    base: Outcome
    distilled: Outcome


class Statistics(Record):
    n: int
    groups: int
    base_mean: Finite | None = None
    distilled_mean: Finite | None = None
    delta: Finite | None = None
    lower: Finite | None = None  # one-sided, at gate.confidence, corrected for looks
    interval95: tuple[Finite, Finite] | None = None
    p_permutation: Finite | None = None
    p_mcnemar: Finite | None = None
    minimum_detectable: Finite | None = None
    needs: int | None = None
    looks: int = 1


class Comparison(Record):
    id: str
    time: datetime
    adapter: str
    adapter_sha256: str
    base: str
    base_fingerprint: str
    recipe: Recipe
    split_sha256: str = ""
    pairs: tuple[Pair, ...]
    untaught: tuple[Pair, ...] = ()  # everyday tasks that nobody taught: shown, no part of the verdict
    statistics: Statistics
    by_category: dict[str, Statistics] = Field(default_factory=dict)
    decision: Decision
    speed: dict[str, float] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    schema_version: int = SCHEMA


# ── the router ────────────────────────────────────────────────────────────────────────────────────
class Offline(Record):
    """What `router.yaml` says under `offline_model`: a base and, once promoted, its adapter."""

    base: str = "smollm2-135m"
    adapter: str = ""  # "" is the bare base


class RouteRule(Record):
    name: str = ""
    pattern: str = ""  # regular expression on the prompt
    task: str = ""
    model: str = "auto"


class CloudModel(Record):
    name: str = ""
    model: str = ""
    base_url: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    input_usd_per_million: Finite | None = None
    output_usd_per_million: Finite | None = None


class RouterState(Record):
    version: int = SCHEMA
    default: str = "auto"
    offline_model: Offline = Offline()
    offline_only: bool = False
    cloud: CloudModel | None = None
    models: dict[str, CloudModel] = Field(default_factory=dict)  # other OpenAI-compatible servers, by name
    rules: tuple[RouteRule, ...] = ()
    private_patterns: tuple[str, ...] = ()
    deadline_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    daily_limit_usd: Annotated[float, Field(ge=0)] | None = None
    mcp_servers: str = ""  # path of a standard mcpServers JSON
