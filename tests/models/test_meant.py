"""A refusal that is unlikely is not spoken; one that is meant is, and after the first word nothing is doubted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adam.models import meant
from adam.models.protocol import Conversation, Sampling


def _first(chances: Sequence[float], opening: Sequence[int]) -> int:
    import mlx.core as mx

    process = meant.doubt(opening)
    return int(mx.argmax(process(mx.array([7]), mx.log(mx.array([chances])))).item())


def test_a_word_that_opens_refusals_comes_first_only_where_such_words_are_likely() -> None:
    assert _first([0.17, 0.10, *[0.073] * 10], opening=[0]) == 1
    assert _first([0.17, 0.16, *[0.067] * 10], opening=[0, 1]) == 0  # together they are likely enough
    assert _first([0.60, 0.40], opening=[0]) == 0
    assert _first([0.10, 0.50, 0.40], opening=[0]) == 1


def test_only_the_first_word_is_doubted() -> None:
    import mlx.core as mx

    process = meant.doubt([0])
    unsure = mx.log(mx.array([[0.2, *[0.1] * 8]]))
    assert int(mx.argmax(process(mx.array([7]), unsure)).item()) != 0
    assert process(mx.array([7, 1]), unsure).tolist() == unsure.tolist()


@pytest.mark.embedded
@pytest.mark.slow
def test_the_embedded_model_doubts_an_unlikely_i_and_keeps_a_likely_one_here_and_in_other_processes() -> None:
    from adam.models import local

    model = local.load("smollm2-135m")
    asks = [Conversation.of(ask) for ask in ("Any news?", "Say something.")]  # "I" has 0.09 and 0.37 of the chances
    news, something = (a.text for a in model.answer(asks, Sampling(max_tokens=5)))
    assert news.startswith("I") and something.startswith("I")
    doubted = Sampling(max_tokens=5, no_words=("I",))
    alone = [a.text for a in model.answer(asks, doubted)]
    assert not alone[0].startswith("I") and alone[1] == something
    assert [a.text for a in model.answer(asks * 16, doubted)] == alone * 16
