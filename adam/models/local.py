"""A model in this process: one set of weights, an adapter on it or off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.errors import AdamError, ModelFault
from adam.models import circles, crew, generate, render, size, toolformats
from adam.models.attach import Attached, attach
from adam.models.folder import on_cpu
from adam.models.protocol import Cancel, Conversation, Piece, Sampling
from adam.models.templates import PLAIN, PLAIN_STOPS
from adam.models.writer import Writer
from adam.records import Answer

if TYPE_CHECKING:
    from adam.models.catalog import ModelRef


class LocalModel:
    """A `Model`. Make one with `load` (or `tiny.tiny_model`); safe to use from several threads, one at a time."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        config: dict[str, Any],
        *,
        name: str,
        fingerprint: str,
        path: Path | None = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.config = config
        self.path = path
        self.base = name
        self.fingerprint = fingerprint
        self.draft: LocalModel | None = None
        self.notes: list[str] = []
        self.alone = False  # answers in this process, however many
        if not tokenizer.has_chat_template:
            tokenizer.chat_template = PLAIN
            tokenizer.has_chat_template = True
        self.template: str = tokenizer.chat_template or ""
        if self.template == PLAIN:
            self.notes.append("no chat template: turns are written as 'User: …' and 'Assistant: …'")
        self.tools = toolformats.of(self.template, tokenizer)
        self._attached: Attached | None = None
        self._helpers: crew.Crew | None = None
        self._on = False
        self._prefixes = generate.Prefixes()
        self._lock = threading.RLock()

    # ── who answers ───────────────────────────────────────────────────────────────────────────────
    @property
    def name(self) -> str:
        return f"{self.base}+{self.adapter}" if self.adapter else self.base

    @property
    def adapter(self) -> str:
        """The adapter that is on; "" for the bare base."""
        return self._attached.name if self._attached is not None and self._on else ""

    def attach(self, folder: Path | str) -> None:
        """That adapter on, whatever was on before off. A fault leaves the bare base."""
        with self._lock:
            self.detach()
            self._helpers = None  # they may hold other files of that name
            self._attached = attach(self.model, Path(folder), self.fingerprint)
            self._on = True
            self._prefixes = generate.Prefixes()

    def detach(self) -> None:
        with self._lock:
            if self._attached is not None:
                self._attached.put(self.model, False)
                self._attached, self._on = None, False

    def hurry(self) -> None:
        """For many greedy answers and nothing else: no way back to the bare base, no `mean_logprob`, and what a CPU
        is slow at done otherwise."""
        from adam.models import kernels

        with self._lock:
            if on_cpu() and kernels.use(self.model):
                kernels.only_words()
                if self._attached is not None and self._on:
                    self._attached.merge(self.model)

    def adapted(self, on: bool) -> Switch:
        """Adapter on or off from now on, or inside a `with`. Off is the base to the last bit."""
        with self._lock:
            before = self._on
            if on and self._attached is None:
                raise ModelFault(f"{self.base}: no adapter is attached", "attach one first")
            if self._attached is not None and on != before:
                self._attached.put(self.model, on)
            self._on = on
        return Switch(self, before)

    # ── words and tokens ──────────────────────────────────────────────────────────────────────────
    @property
    def context(self) -> int:
        """How many tokens it can read and write."""
        text = self.config.get("text_config") or self.config
        return int(text.get("max_position_embeddings") or 1 << 30)

    def count_tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def render(self, conversation: Conversation, *, add_generation_prompt: bool = True) -> list[int]:
        """The tokens the model reads: its chat template, tools and all."""
        text = render.text_of(self.tokenizer, conversation, add_generation_prompt)
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    # ── answers ───────────────────────────────────────────────────────────────────────────────────
    def answer(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling = Sampling(),
        on_answer: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        """All at once, in batches; `on_answer` hears of each as it ends, in whatever order that is."""
        answers: dict[int, Answer] = {}

        def done(at: int, answer: Answer) -> None:
            answers[at] = answer
            if on_answer is not None:
                on_answer(at, answer)

        places: list[int] = []
        jobs: list[generate.Job] = []
        for at, conversation in enumerate(conversations):
            try:
                jobs.append(self._job(conversation, sampling))
                places.append(at)
            except AdamError as error:
                done(at, Answer(text="", finish_reason="error", error=error.message))
        with self._lock:
            try:
                for j, answer in self._crew([conversations[at] for at in places], jobs, sampling):
                    done(places[j], answer)
                left = [j for j, at in enumerate(places) if at not in answers]
                rest = [jobs[j] for j in left]
                for j in self._run(rest, sampling, keep=len(jobs) == 1):
                    if rest[j].writer.reason is not None:
                        done(places[left[j]], rest[j].writer.answer())
            except (RuntimeError, ValueError, MemoryError) as error:
                for at, job in zip(places, jobs, strict=True):
                    if at not in answers:
                        done(at, job.writer.answer(error=str(error) or type(error).__name__))
        return [answers[at] for at in range(len(conversations))]

    def stream(
        self, conversation: Conversation, sampling: Sampling = Sampling(), cancel: Cancel | None = None
    ) -> Iterator[Piece]:
        """Text as it comes. What the conversation shares with the last ones is not read again."""
        job = self._job(conversation, sampling)
        with self._lock:
            for _ in self._run([job], sampling, keep=True, cancel=cancel):
                piece = job.writer.fresh()
                if piece:
                    yield Piece(piece)
            if job.writer.reason is None:
                job.writer.end("cancelled")
            yield Piece(job.writer.fresh(), job.writer.answer())

    def complete(self, text: str, sampling: Sampling = Sampling()) -> Answer:
        """How the bare text goes on, without any chat template."""
        tokens = list(self.tokenizer.encode(text))
        job = generate.Job(tokens, Writer(self.tokenizer, sampling, len(tokens)))
        with self._lock:
            for _ in self._run([job], sampling, keep=False):
                pass
        answer = job.writer.answer()
        # a detokenizer drops the space before a first word; here that space is part of the text
        whole = str(self.tokenizer.decode([*tokens, *job.writer.tokens], skip_special_tokens=True))
        if not whole.startswith(text) or answer.text not in whole:
            return answer
        end = whole.index(answer.text, len(text)) + len(answer.text)
        return answer.model_copy(update={"text": whole[len(text) : end]})

    def _job(self, conversation: Conversation, sampling: Sampling) -> generate.Job:
        tokens = self.render(conversation)
        if not tokens:
            raise ModelFault("there is nothing to answer: the conversation is empty")
        if len(tokens) >= self.context:
            raise ModelFault(
                f"{self.name} reads at most {self.context} tokens; this conversation has {len(tokens)}",
                "Start a new one (/new), or use a model with a longer context.",
            )
        writer = Writer(
            self.tokenizer,
            sampling,
            len(tokens),
            stops=PLAIN_STOPS if self.template == PLAIN else (),
            tools=self.tools if conversation.tools else None,
            trim=self.template == PLAIN,
        )
        return generate.Job(tokens, writer)

    def _crew(
        self, talks: Sequence[Conversation], jobs: list[generate.Job], sampling: Sampling
    ) -> Iterator[tuple[int, Answer]]:
        """Many greedy answers, shared among the cores."""
        if self.path is None or self.alone or sampling.temperature > 0 or not on_cpu():
            return
        count = crew.size(len(jobs), size.of_folder(self.path).loaded_bytes(True))
        if count < 2:
            return
        adapter = self._attached.folder if self._attached is not None and self._on else None
        lengths = [len(job.tokens) for job in jobs]
        if self._helpers is None or not self._helpers.whole or self._helpers.count < count:
            self._helpers = crew.Crew(count, self.path)
        yield from self._helpers.answer(adapter, talks, lengths, sampling)

    def _run(
        self, jobs: list[generate.Job], sampling: Sampling, keep: bool, cancel: Cancel | None = None
    ) -> Iterator[int]:
        if not jobs:
            return
        steps: Iterator[int]
        if self.draft is not None and len(jobs) == 1 and sampling.temperature <= 0:
            steps = generate.speculate(self.model, self.draft.model, jobs[0], sampling)
        else:
            steps = generate.run(
                self.model,
                jobs,
                sampling,
                ends=sorted(self.tokenizer.eos_token_ids),
                prefixes=self._prefixes,
                key=self.adapter,
                no=self._openings(sampling.no_words),
                beginnings=circles.beginnings(self.tokenizer),
                keep=keep,
                cancelled=lambda: bool(cancel),
            )
        for at in steps:
            yield at
            if cancel and jobs[at].writer.reason is None:
                jobs[at].writer.end("cancelled")

    def _openings(self, no_words: Sequence[str]) -> list[int]:
        """Their tokens; a word of several would bring others down that begin alike."""
        coded = [self.tokenizer.encode(word, add_special_tokens=False) for word in no_words]
        return [tokens[0] for tokens in coded if len(tokens) == 1]

    def use_draft(self, draft: LocalModel | None) -> None:
        """A smaller model that proposes tokens (greedy answers only; the text stays the same)."""
        if draft is not None and draft.tokenizer.get_vocab() != self.tokenizer.get_vocab():
            raise ModelFault(
                f"{draft.base} can't draft for {self.base}: their tokenizers differ",
                "Choose one of the same family.",
            )
        self.draft = draft


class Switch:
    """What `adapted` returns: a `with` block puts back what was before."""

    def __init__(self, model: LocalModel, before: bool) -> None:
        self._model, self._before = model, before

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._model.adapted(self._before)


def load(
    reference: str | ModelRef, *, adapter: Path | str | None = None, say: Callable[[str], None] | None = None
) -> LocalModel:
    """A model by name, hub id, folder or .gguf file, ready to answer. Raises NoModel or ModelFault."""
    from adam.models import blas

    blas.ensure()
    from adam.models import catalog, fingerprint, folder

    ref = catalog.resolve(reference, say=say) if isinstance(reference, str) else reference
    model, tokenizer, config = folder.load(ref.path)
    local = LocalModel(
        model, tokenizer, config, name=ref.name, fingerprint=fingerprint.of(ref.path), path=ref.path
    )
    if adapter is not None:
        local.attach(adapter)
    return local
