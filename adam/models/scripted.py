"""A model that says what it was told to say. For tests, demos and dry runs; needs no library at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from adam.models.protocol import Cancel, Conversation, Piece, Sampling
from adam.models.toolformats import hermes
from adam.records import Answer

Script = Mapping[str, str | Answer] | Callable[[Conversation], str | Answer]


class ScriptedModel:
    """`answers`: by the last message's text (exact, else the longest key it contains, else ""), or a function.

    Tool calls are written as `<tool_call>{…}</tool_call>` in the text, or given as a whole Answer. What was
    asked is kept in `asked`.
    """

    def __init__(self, answers: Script, name: str = "scripted", default: str = "") -> None:
        self._answers = answers
        self._name = name
        self._default = default
        self.asked: list[Conversation] = []

    @property
    def name(self) -> str:
        return self._name

    def answer(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling = Sampling(),
        on_answer: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        answers = []
        for at, conversation in enumerate(conversations):
            given = self._one(conversation, sampling)
            answers.append(given)
            if on_answer is not None:
                on_answer(at, given)
        return answers

    def stream(
        self, conversation: Conversation, sampling: Sampling = Sampling(), cancel: Cancel | None = None
    ) -> Iterator[Piece]:
        whole = self._one(conversation, sampling)
        said = ""
        for word in _words(whole.text):
            if cancel:
                yield Piece("", whole.model_copy(update={"text": said, "finish_reason": "cancelled"}))
                return
            said += word
            yield Piece(word)
        yield Piece("", whole)

    def _one(self, conversation: Conversation, sampling: Sampling) -> Answer:
        self.asked.append(conversation)
        try:
            said = self._answers(conversation) if callable(self._answers) else self._look_up(conversation)
        except Exception as error:  # a script may raise to play a model that breaks
            return Answer(text="", finish_reason="error", error=str(error) or type(error).__name__)
        if isinstance(said, Answer):
            return said
        words = list(_words(said))
        cut = len(words) > sampling.max_tokens
        text, calls, _ = hermes.parse("".join(words[: sampling.max_tokens]))
        return Answer(
            text=text,
            tool_calls=calls,
            finish_reason="length" if cut else "tool_calls" if calls else "stop",
            prompt_tokens=sum(len(list(_words(m.content))) for m in conversation.messages),
            answer_tokens=min(len(words), sampling.max_tokens),
        )

    def _look_up(self, conversation: Conversation) -> str | Answer:
        assert not callable(self._answers)
        asked = conversation.messages[-1].content if conversation.messages else ""
        if asked in self._answers:
            return self._answers[asked]
        inside = [key for key in self._answers if key and key in asked]
        return self._answers[max(inside, key=len)] if inside else self._default


def _words(text: str) -> Iterator[str]:
    """Words with the white space after them: what counts as a token here."""
    word = ""
    for letter in text:
        if word and word[-1].isspace() and not letter.isspace():
            yield word
            word = ""
        word += letter
    if word:
        yield word
