"""One answer as it grows: tokens in, text out, and the reasons to end it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from adam.models.protocol import Sampling
from adam.models.toolformats import ToolFormat
from adam.records import Answer, FinishReason, ToolCall
from adam.scoring.runaway import loop, repeated_calls

_NO_CALLS: tuple[ToolCall, ...] = ()
LOOK_EVERY = 8  # tokens between two looks for a loop


class Writer:
    """`add` each token; when it returns True the answer has ended and `reason` says why."""

    def __init__(
        self,
        tokenizer: Any,
        sampling: Sampling,
        prompt_tokens: int,
        *,
        stops: tuple[str, ...] = (),
        tools: ToolFormat | None = None,
        trim: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._detokenizer = tokenizer.detokenizer
        self._ends = tokenizer.eos_token_ids
        self._thinks = (tokenizer.think_start, tokenizer.think_end) if tokenizer.has_thinking else None
        self._sampling = sampling
        self._stops = tuple(dict.fromkeys((*sampling.stop, *stops)))
        self._tools = tools
        self._trim = trim  # turns of plain words: the space after "Assistant:" is no part of the answer
        self._clock = clock
        self._prompt_tokens = prompt_tokens
        self._started, self._running = clock(), False
        self._first: float | None = None
        self._last = self._started
        self._logprob = 0.0
        self._shown = 0
        self._cut: int | None = None
        self._calls_seen = 0
        self.count = 0
        self.reason: FinishReason | None = None

    def start_once(self) -> None:
        """The clock runs from the first call on (a batch makes its later prompts wait)."""
        if not self._running:
            self._running, self._started = True, self._clock()

    def add(self, token: int, logprob: float = math.nan) -> bool:
        self._last = self._clock()
        if self._first is None:
            self._first = self._last
        self.count += 1
        if not math.isnan(logprob):
            self._logprob += logprob
        if token in self._ends:
            return self._end("stop")
        self._detokenizer.add_token(token)
        if self._stops and self._stopped():
            return self._end("stop")
        if self._sampling.stop_runaways and self._ran_away():
            return self._end("runaway")
        if self.count >= self._sampling.max_tokens:
            return self._end("length")
        return self._late()

    def _late(self) -> bool:
        limit = self._sampling.timeout_s
        if limit is not None and self._clock() - self._started > limit:
            return self._end("timeout")
        return False

    def late(self) -> bool:
        """Also before the first token; a prompt that still waits its turn is never late."""
        return self._running and self.reason is None and self._late()

    def end(self, reason: FinishReason) -> None:
        if self.reason is None:
            self._end(reason)

    @property
    def tokens(self) -> list[int]:
        """Without the end token."""
        return list(self._detokenizer.tokens)

    @property
    def text(self) -> str:
        whole = str(self._detokenizer.text)[: self._cut]
        if not self._trim:
            return whole
        return whole.lstrip() if self.reason is None else whole.strip()

    def fresh(self) -> str:
        """What may be shown by now and was not yet: no half stop sequence, no tool call's markup."""
        text = self.text
        ready = len(text)
        if self.reason is None:
            for mark in (*self._stops, *((self._tools.start,) if self._tools else ())):
                ready = min(ready, _held_back(text, mark))
        if self._tools and self._tools.start in text and (self.reason is None or self._tools.parse(text)[1]):
            ready = min(ready, text.index(self._tools.start))
        piece = text[self._shown : ready] if ready > self._shown else ""
        self._shown = max(self._shown, ready)
        return piece

    def answer(self, error: str = "") -> Answer:
        if self.reason is None:
            self._end("error" if error else "stop")
        assert self.reason is not None
        text, calls = self.text, _NO_CALLS
        if self._thinks and self._thinks[0] in text:
            text = _without_thoughts(text, *self._thinks)
        if self._tools is not None:
            text, calls, _ = self._tools.parse(text)
        reason = "tool_calls" if calls and self.reason == "stop" else self.reason
        took = self._last - self._first if self._first is not None else 0.0
        return Answer(
            text=text,
            tool_calls=calls,
            finish_reason="error" if error else reason,
            error=error,
            prompt_tokens=self._prompt_tokens,
            answer_tokens=self.count,
            first_token_s=self._first - self._started if self._first is not None else None,
            tokens_per_s=(self.count - 1) / took if took > 0 and self.count > 1 else None,
            mean_logprob=self._logprob / self.count if self.count else None,
        )

    def _end(self, reason: FinishReason) -> bool:
        self.reason = reason
        self._detokenizer.finalize()
        if self._cut is None and self._stops:
            self._stopped()
        return True

    def _stopped(self) -> bool:
        text = str(self._detokenizer.text)
        found = [at for stop in self._stops if stop and (at := text.find(stop)) >= 0]
        if found:
            self._cut = min(found)
        return bool(found)

    def _ran_away(self) -> bool:
        if self.count % LOOK_EVERY:
            return False
        text = str(self._detokenizer.text)
        if loop(text):
            return True
        if self._tools is None or self._tools.start not in text:
            return False
        _, calls, _ = self._tools.parse(text)
        if len(calls) == self._calls_seen:
            return False
        self._calls_seen = len(calls)
        return bool(repeated_calls(calls)) or (len(calls) > 1 and _same(calls[-1], calls[-2]))


def _same(a: ToolCall, b: ToolCall) -> bool:
    return a.name == b.name and a.arguments == b.arguments


def _held_back(text: str, mark: str) -> int:
    """Where text must wait because its end could be the beginning of `mark`."""
    for size in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:size]):
            return len(text) - size
    return len(text)


def _without_thoughts(text: str, start: str, end: str) -> str:
    before, _, thought = text.partition(start)
    _, closed, after = thought.partition(end)
    return (before + after).lstrip() if closed else before
