"""The tokens of many answers at once, one set of weights; a single answer is a batch of one.

Prompts are sorted by length and fed to mlx_lm's continuous batch: when one answer ends the next prompt
takes its place. What prompts share at their beginning (a system prompt, a chat's history) is computed
once and kept by `Prefixes`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adam.models import circles, meant
from adam.models.protocol import Sampling
from adam.models.writer import Writer

WIDTH = 96  # answers that grow side by side, at most
READ = 32  # prompts that are read side by side
PREFILL = 512  # prompt tokens read in one go: a cancelled answer waits no longer than that
SHARED = 16  # a common beginning shorter than this is not worth a cache of its own
KEEP = 8  # conversations whose caches are kept
KEEP_BYTES = 1 << 30


@dataclass
class Job:
    tokens: list[int]
    writer: Writer


class Prefixes:
    """The KV caches of what was read lately, found again by the longest common beginning.

    `key` tells sets of weights apart: the same words mean another cache with an adapter on.
    """

    def __init__(self) -> None:
        from mlx_lm.models.cache import LRUPromptCache

        self._kept = LRUPromptCache(KEEP, KEEP_BYTES)

    def fetch(self, key: Hashable, tokens: list[int]) -> tuple[Any, int]:
        """A cache of its own and how many tokens it covers; at least one token is always left to read."""
        cache, rest = self._kept.fetch_nearest_cache(key, tokens[:-1])
        return cache, len(tokens) - 1 - len(rest) if cache is not None else 0

    def keep(self, key: Hashable, tokens: list[int], cache: Any, kind: str = "assistant") -> None:
        self._kept.insert_cache(key, list(tokens), cache, cache_type=kind)

    def covers(self, key: Hashable, tokens: list[int]) -> bool:
        return self.fetch(key, [*tokens, 0])[1] >= len(tokens)


def run(
    model: Any,
    jobs: Sequence[Job],
    sampling: Sampling,
    *,
    ends: Sequence[int],
    prefixes: Prefixes,
    key: Hashable,
    no: Sequence[int] = (),
    beginnings: Callable[[int], Sequence[int]] = lambda token: (),
    keep: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[int]:
    """Yields the place of a job each time it got a token; a job has ended when its writer has a reason.

    `no`: the tokens that open refusals (meant.py); `beginnings`: of a token, those that spell how it begins (circles).
    """
    from mlx_lm.generate import BatchGenerator
    from mlx_lm.sample_utils import make_logits_processors

    penalty = sampling.repetition_penalty
    shared = make_logits_processors(repetition_penalty=penalty) if penalty != 1.0 else []
    waiting = deque(sorted(range(len(jobs)), key=lambda i: -len(jobs[i].tokens)))
    reusable = sampling.max_kv_size is None
    if reusable:
        _share(model, jobs, prefixes, key)
    width = wide(model, max((len(job.tokens) for job in jobs), default=0) + sampling.max_tokens)
    generator = BatchGenerator(
        model,
        stop_tokens=[[token] for token in ends],
        completion_batch_size=width,
        prefill_batch_size=min(READ, width),
        prefill_step_size=PREFILL,
    )
    open_: dict[int, int] = {}
    try:
        while waiting or open_:
            while waiting and len(open_) < width + min(READ, width):
                at = waiting.popleft()
                tokens = jobs[at].tokens
                cache, known = (
                    prefixes.fetch(key, tokens) if reusable else (bounded(model, sampling.max_kv_size), 0)
                )
                (uid,) = generator.insert(
                    [tokens[known:]],
                    [sampling.max_tokens],
                    caches=[cache],
                    all_tokens=[tokens[:known]],
                    samplers=[_sampler(sampling, tokens)],
                    logits_processors=[[*shared, *_of_one_answer(sampling, no, beginnings)]],
                )
                open_[uid] = at
            read, written = generator.next()
            for response in read:
                writer = jobs[open_[response.uid]].writer
                if writer.count == 0 and not response.end_of_prompt:
                    writer.start_once()
                if response.end_of_prompt and keep and _windowed(model):
                    cache, seen = generator.extract_cache([response.uid])[response.uid]
                    prefixes.keep(key, seen, cache)
            for response in written:
                at = open_[response.uid]
                ended = jobs[at].writer.add(response.token, response.logprobs[response.token].item())
                if ended or response.finish_reason is not None:
                    del open_[response.uid]
                    _close(generator, response, prefixes if keep and reusable else None, key)
                yield at
            for uid, at in list(open_.items()):
                writer = jobs[at].writer
                if cancelled():
                    writer.end("cancelled")
                if writer.reason is not None or writer.late():
                    del open_[uid]
                    _remove(generator, uid, prefixes if keep and reusable else None, key)
                    yield at
    finally:
        generator.close()


def wide(model: Any, tokens: int) -> int:
    """How many answers of that many tokens fit side by side: their caches may take half of what is free."""
    from adam.models.size import available_bytes

    args = getattr(model, "args", None)
    heads = getattr(args, "num_key_value_heads", None) or getattr(args, "num_attention_heads", None)
    if args is None or not isinstance(heads, int):
        return WIDTH
    head = getattr(args, "head_dim", None) or args.hidden_size // args.num_attention_heads
    each = len(model.layers) * 2 * heads * head * 4 * max(1, tokens)
    return int(max(1, min(WIDTH, available_bytes() // 2 // each)))


def speculate(model: Any, draft: Any, job: Job, sampling: Sampling, count: int = 3) -> Iterator[int]:
    """Greedy only: the small model proposes, this one checks. The text is the one it would write alone."""
    import mlx.core as mx
    from mlx_lm.generate import speculative_generate_step
    from mlx_lm.sample_utils import make_logits_processors

    penalty = sampling.repetition_penalty
    steps = speculative_generate_step(
        mx.array(job.tokens),
        model,
        draft,
        num_draft_tokens=count,
        max_tokens=sampling.max_tokens,
        logits_processors=make_logits_processors(repetition_penalty=penalty) if penalty != 1.0 else None,
        prefill_step_size=PREFILL,
    )
    for token, logprobs, _ in steps:
        ended = job.writer.add(int(token), logprobs[token].item())
        yield 0
        if ended or job.writer.reason is not None:
            return


def _share(model: Any, jobs: Sequence[Job], prefixes: Prefixes, key: Hashable) -> None:
    """Reads what all prompts begin with, once."""
    if len(jobs) < 2:
        return
    shared = common([job.tokens for job in jobs])
    if len(shared) < SHARED or prefixes.covers(key, shared):
        return
    import mlx.core as mx
    from mlx_lm.generate import generation_stream
    from mlx_lm.models.cache import make_prompt_cache

    cache, known = prefixes.fetch(key, [*shared, 0])
    cache = make_prompt_cache(model) if cache is None else cache
    with mx.stream(generation_stream):
        for start in range(known, len(shared), PREFILL):
            model(mx.array(shared[start : start + PREFILL])[None], cache=cache)
            mx.eval([c.state for c in cache])
    prefixes.keep(key, shared, cache, "system")


def common(prompts: Sequence[list[int]]) -> list[int]:
    """The tokens that all begin with, one short of the shortest at most."""
    low, high = min(prompts), max(prompts)  # lexicographically apart the most
    size = 0
    for a, b in zip(low, high, strict=False):
        if a != b:
            break
        size += 1
    return low[: min(size, min(map(len, prompts)) - 1)]


def _close(generator: Any, response: Any, prefixes: Prefixes | None, key: Hashable) -> None:
    if response.finish_reason is not None:
        if prefixes is not None and response.prompt_cache is not None:
            prefixes.keep(key, response.all_tokens, response.prompt_cache)
    else:
        _remove(generator, response.uid, prefixes, key)


def _remove(generator: Any, uid: int, prefixes: Prefixes | None, key: Hashable) -> None:
    """Ends it here; what was read for it is kept all the same."""
    kept = generator.remove([uid], return_prompt_caches=prefixes is not None)
    if prefixes is not None and kept and uid in kept:
        cache, tokens = kept[uid]
        prefixes.keep(key, tokens, cache)


def _of_one_answer(
    sampling: Sampling, no: Sequence[int], beginnings: Callable[[int], Sequence[int]]
) -> list[Any]:
    """The logits processors that remember what this answer said."""
    return [*([circles.breaker(beginnings)] if sampling.break_loops else []), *([meant.doubt(no)] if no else [])]


def _sampler(sampling: Sampling, tokens: Sequence[int]) -> Callable[[Any], Any]:
    """Greedy, or drawn with a key of the seed and the prompt: who else is in the batch changes nothing."""
    from mlx_lm.sample_utils import apply_top_p, greedy_sampler

    if sampling.temperature <= 0:
        greedy: Callable[[Any], Any] = greedy_sampler
        return greedy
    import zlib

    import mlx.core as mx

    mark = zlib.crc32(b" ".join(str(token).encode() for token in tokens))
    state = [mx.random.key((sampling.seed << 32) ^ mark)]

    def draw(logprobs: Any) -> Any:
        if 0 < sampling.top_p < 1:
            logprobs = apply_top_p(logprobs, sampling.top_p)
        state[0], now = mx.random.split(state[0])
        return mx.random.categorical(logprobs / sampling.temperature, axis=-1, key=now)

    return draw


def bounded(model: Any, size: int | None) -> list[Any]:
    """Caches that forget the oldest tokens past `size`."""
    from mlx_lm.models.cache import KVCache, RotatingKVCache, make_prompt_cache

    return [
        RotatingKVCache(max_size=size) if type(cache) is KVCache else cache
        for cache in make_prompt_cache(model)
    ]


def _windowed(model: Any) -> bool:
    """Some layers see a sliding window only: their caches can't be cut back to a shorter prompt."""
    from mlx_lm.models.cache import make_prompt_cache

    return any(type(cache).__name__ != "KVCache" for cache in make_prompt_cache(model))
