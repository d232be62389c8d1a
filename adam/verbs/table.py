"""Every verb, once: its words, the function behind it, one line of help.

The shell, the slash commands and plain language all look up here. A function is imported only when
its verb is used, so `adam --help` stays quick.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    words: str
    where: str  # module:function, a typer-style function
    about: str
    part: str  # heading under which the map shows it

    @property
    def name(self) -> str:
        return self.words.replace(" ", ".")


def _part(part: str, *rows: tuple[str, str, str]) -> tuple[Verb, ...]:
    return tuple(Verb(words, f"adam.{where}", about, part) for words, where, about in rows)


VERBS: tuple[Verb, ...] = (
    *_part(
        "talk",
        ("chat", "chat.verbs:chat", "talk to Adam (bare `adam` does this)"),
        ("ask", "chat.verbs:ask", 'one question: adam ask "…" or adam "…"'),
        ("intent", "chat.verbs:intent", "what Adam takes a sentence for"),
        ("route", "chat.verbs:route", "which model would answer a prompt, and why"),
    ),
    *_part(
        "review",
        ("runs ls", "verbs.runs:ls", "the last runs, filtered"),
        ("runs show", "verbs.runs:show", "one run in full"),
        ("runs stats", "verbs.runs:stats", "counts, approval, scores, latency, tokens, cost"),
        ("runs export", "verbs.runs:export", "runs as CSV, JSONL or Parquet"),
        ("runs path", "verbs.runs:path", "where runs.csv lies"),
        ("runs import", "verbs.importing:import_runs", "bring conversations in from elsewhere"),
        ("review", "verbs.review:review", "walk through the runs nobody judged yet"),
        ("approve", "verbs.review:approve", "approve runs"),
        ("reject", "verbs.review:reject", "reject runs"),
        ("fix", "verbs.review:fix", "correct a run's answer and approve it"),
    ),
    *_part(
        "learn",
        ("distill collect", "verbs.collect:collect", "approved runs into the data set"),
        ("distill train", "verbs.train:train", "fit an adapter"),
        ("distill eval", "verbs.evaluate:evaluate", "base against distilled, and the gate's verdict"),
        ("distill promote", "verbs.promote:promote", "let a proven adapter answer"),
        ("distill rollback", "verbs.promote:rollback", "go back to an earlier adapter or the base"),
        ("distill status", "verbs.promote:status", "where the loop stands"),
        ("distill run", "verbs.loop:run", "collect, train, evaluate, decide in one go"),
        ("distill ls", "verbs.adapters:ls", "the adapters"),
        ("distill show", "verbs.adapters:show", "one adapter: data, settings, curves, scores"),
        ("distill compare", "verbs.adapters:compare", "adapters side by side"),
        ("distill gate", "verbs.evaluate:gate", "replay the gate on any table of scores"),
        ("distill forget", "verbs.forget:forget", "remove what was learned from a run or text"),
    ),
    *_part(
        "data",
        ("dataset stats", "verbs.dataset:stats", "counts, lengths, categories, splits"),
        ("dataset validate", "verbs.dataset:validate", "every fault by line"),
        ("dataset filter", "verbs.dataset:filter_rows", "keep rows by language, Python version, length …"),
        ("dataset merge", "verbs.dataset:merge", "several sets into one"),
        ("dataset split", "verbs.dataset:split", "train, valid and test that don't leak"),
        ("dataset balance", "verbs.dataset:balance", "the share of rows that use tools"),
        ("dataset import", "verbs.dataset:import_rows", "from OpenAI, ShareGPT, Alpaca, llm, CSV"),
        ("dataset convert", "verbs.dataset:convert", "mlx-lm's files as the base will see them"),
        ("dataset leaks", "verbs.dataset:leaks", "prove that held-out stays held-out"),
        ("dataset domain", "verbs.domain:domain", "tool-use rows from a real code repository"),
        ("dataset answer", "verbs.domain:answer", "let a teacher model answer listed prompts"),
        ("scan", "verbs.dataset:scan", "find secrets and private notes in a file"),
    ),
    *_part(
        "judge",
        ("eval run", "verbs.evalrun:run", "a model on the eval sheet or a suite"),
        ("eval cases", "verbs.suite:cases", "check the sheet, row by row"),
        ("eval score", "verbs.suite:score", "score given answers without a model"),
        ("eval compare", "verbs.evalrun:compare", "runs of the sheet side by side"),
        ("tracker", "verbs.tracker:tracker", "every phase and baseline in one table"),
        ("tracker baseline", "verbs.tracker:baseline", "measure any model for the table"),
    ),
    *_part(
        "models",
        ("models ls", "verbs.models:ls", "the models that are here"),
        ("models add", "verbs.models:add", "a hub id, a folder, a .gguf file, or a name that pip brings"),
        ("models show", "verbs.models:show", "one model: family, size, template, fingerprint"),
        ("models test", "verbs.models:test", "a short real answer with tokens/s"),
        ("models rm", "verbs.models:rm", "remove a model from the cache"),
        ("server start", "verbs.server:start", "serve a model on loopback"),
        ("server stop", "verbs.server:stop", "stop it"),
        ("server status", "verbs.server:status", "is it up, does it answer"),
        ("server logs", "verbs.server:logs", "what it said"),
        ("bench train", "verbs.bench:train", "seconds an iteration, memory, a verdict"),
        ("bench generate", "verbs.bench:generate", "tokens a second"),
    ),
    *_part(
        "house",
        ("demo", "verbs.demo:demo", "the whole of Adam on sample data"),
        ("init", "verbs.house:init", "make a workspace"),
        ("doctor", "verbs.doctor:doctor", "check the workspace and the machine"),
        ("config", "verbs.house:config", "every setting, its value and where it came from"),
        ("prune", "verbs.house:prune", "disk use, and what can go"),
        ("backup", "verbs.house:backup", "the workspace into one file"),
        ("restore", "verbs.house:restore", "and back"),
        ("completion", "verbs.completion:completion", "a completion script for bash, zsh or fish"),
    ),
)

BY_NAME = {verb.name: verb for verb in VERBS}
BY_WORDS = {verb.words: verb for verb in VERBS}
GROUPS = {verb.words.split()[0] for verb in VERBS if " " in verb.words}
