"""Answers that don't go in circles, and formats that stay as they are."""

from __future__ import annotations

import pytest

from adam.models import circles
from adam.models.protocol import Conversation, Sampling


def test_only_a_phrase_that_comes_back_costs_something() -> None:
    assert circles.goes_on([1, 2, 3, 4, 5, 6, 7, 8]) == {}
    assert circles.goes_on([1, 2, 3, 4, 9, 1, 2, 3, 4]) == {}  # four are free
    assert circles.goes_on([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5]) == {6: 5}
    assert circles.goes_on([7] * 12) == {7: 11}
    assert circles.goes_on([]) == {}


def test_one_word_again_and_again_is_left_sooner_than_a_phrase() -> None:
    import mlx.core as mx

    def cost(said: list[int], of: int) -> float:
        process = circles.breaker()
        process(mx.array([9]), mx.zeros((1, 10)))
        return -float(process(mx.array([9, *said]), mx.zeros((1, 10)))[0, of].item())

    assert cost([7] * 5, 7) == 0  # a hundred thousand, figure by figure
    assert 3 < cost([7] * 6, 7) < cost([7] * 7, 7) and cost([7] * 8, 7) > 25
    assert cost([7] * 8, 7) > 2 * cost([1, 2] * 4, 1)


def test_a_word_spelled_by_other_tokens_is_the_same_word() -> None:
    import mlx.core as mx

    pieces = {0: "<unk>", 1: "ĠKeyError", 2: "ĠKey", 3: "Error", 4: "ĠKe", 5: "ĠI"}

    class Tokenizer:
        unk_token_id = 0

        def convert_ids_to_tokens(self, token: int) -> str:
            return pieces[token]

        def convert_tokens_to_ids(self, piece: str) -> int:
            return next((at for at, text in pieces.items() if text == piece), 0)

    process = circles.breaker(circles.beginnings(Tokenizer()))
    process(mx.array([9]), mx.zeros((1, 10)))
    costs = process(mx.array([9, *[1] * 7]), mx.zeros((1, 10))).tolist()[0]
    assert costs[1] == costs[2] == costs[4] < 0 and sum(c != 0 for c in costs) == 3


def test_stuttering_costs_and_a_row_of_different_words_does_not() -> None:
    assert circles.stutters([1, 2] * 11) == {}  # too short to tell
    assert circles.stutters([9, 9, *[1, 2, 1, 3] * 6]) == {1: 16.0, 2: 4.0, 3: 4.0}
    assert circles.stutters([token for n in range(12) for token in (1, n + 10)]) == {}  # a list and its commas


def test_digits_without_end_cost_and_a_list_of_numbers_does_not() -> None:
    digits = [int(figure) for figure in "12345678901234567812345679012345667912345677889012345789012456781124"]
    assert circles.stutters(digits[:63]) == {}
    assert len(circles.stutters(digits)) >= 8
    comma, space = 10, 11
    for counted in (range(1, 31), range(2, 60, 2), range(1000, 1020), range(100, 160, 2), range(5, 200, 5)):
        numbers = [token for n in counted for token in (*map(int, str(n)), comma, space)]
        assert circles.stutters(numbers) == {}


def test_what_the_question_says_may_be_said() -> None:
    import mlx.core as mx

    process = circles.breaker()
    question = mx.array([1, 2, 3, 4, 5, 6, 7])
    assert process(question, mx.zeros((1, 9))).tolist() == [[0.0] * 9]
    said = mx.array([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5])
    assert process(said, mx.zeros((1, 9))).tolist() == [[0.0] * 9]  # the question again, for the first time
    twice = mx.array([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 8, 1, 2, 3, 4, 5])
    costs = process(twice, mx.zeros((1, 9))).tolist()[0]
    assert costs[6] < 0 and sum(c != 0 for c in costs) == 1


@pytest.mark.slow
def test_the_embedded_model_leaves_a_loop_alone_and_beside_others() -> None:
    from adam.models import local

    model = local.load("smollm2-135m")
    asks = ["Write a long poem about the sea.", "Hello!", "Count from 1 to 100 in words."]
    talks = [Conversation.of(ask) for ask in asks]
    plain = model.answer(talks, Sampling(max_tokens=96))
    broken = model.answer(talks, Sampling(max_tokens=96, break_loops=True))
    assert sum(a.finish_reason == "runaway" for a in plain) > sum(a.finish_reason == "runaway" for a in broken) == 0
    alone = model.answer(talks[:1], Sampling(max_tokens=96, break_loops=True))
    assert alone[0].text == broken[0].text
