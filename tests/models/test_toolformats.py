"""Calls written and read back, family by family; malformed ones stay in sight."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.models import templates, toolformats
from adam.models.protocol import Conversation
from adam.models.tiny import tiny_model
from adam.models.toolformats import gemma, hermes, llama3, mistral, plain
from adam.records import Message, Tool, ToolCall

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
# the end marker inside an argument can't be told from the end of the call: true of every family's format
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
READ = Tool(
    name="read_file",
    description="Read a text file",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string"}, "start": {"type": "integer"}},
        "required": ["path"],
    },
)
SEARCH = Tool(
    name="search",
    description="Search the notes for a text",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string"}, "kind": {"enum": ["word", "regex"]}},
        "required": ["query"],
    },
)
TIME = Tool(name="now", description="The time of day")


@pytest.mark.parametrize("kind", [hermes, mistral, llama3, plain])
@settings(max_examples=300, deadline=None)
@given(name=NAMES, arguments=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_call_is_read_as_it_was_written(kind: Any, name: str, arguments: dict[str, Any]) -> None:
    call = ToolCall(name=name, arguments=arguments)
    written = kind.render_call(call)
    if written.count("</tool_call>") > 1 or "<|python_tag|>" in written:
        return
    text, calls, problems = kind.parse(written)
    assert (text, problems) == ("", ())
    assert [(c.name, c.arguments) for c in calls] == [(name, arguments)]


# Gemma writes keys and texts as they are: what is a mark there can't be told from one
WORDS = st.text().filter(lambda text: "<escape" not in text and not text.endswith("<") and "function_call>" not in text)
KEYS = st.from_regex(r"[a-zA-Zäß_][\w ]{0,8}[a-z_]", fullmatch=True).filter(lambda key: key == key.strip())
GEMMA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(name=NAMES, arguments=st.dictionaries(KEYS, GEMMA, max_size=4))
def test_a_call_of_gemma_is_read_as_it_was_written(name: str, arguments: dict[str, Any]) -> None:
    text, calls, problems = gemma.parse(gemma.render_call(ToolCall(name=name, arguments=arguments)))
    assert (text, problems) == ("", ())
    assert [(c.name, c.arguments) for c in calls] == [(name, arguments)]


FLAT = st.dictionaries(KEYS, st.text(st.characters(exclude_characters="{}<>", exclude_categories=("Cs",))) | st.integers(), max_size=3)


@settings(max_examples=200, deadline=None)
@given(name=NAMES, arguments=FLAT)
def test_the_readers_of_mlx_lm_read_what_is_written(name: str, arguments: dict[str, Any]) -> None:
    from mlx_lm.tool_parsers import function_gemma, json_tools
    from mlx_lm.tool_parsers import mistral as of_mistral

    call = ToolCall(name=name, arguments=arguments)
    for kind, reader in ((hermes, json_tools), (mistral, of_mistral), (gemma, function_gemma)):
        body = kind.render_call(call).removeprefix(reader.tool_call_start)
        body = body.removesuffix(reader.tool_call_end) if reader.tool_call_end else body
        if kind is gemma and not arguments:
            continue
        assert reader.parse_tool_call(body, None) == {"name": name, "arguments": arguments}


def test_words_around_calls_stay_and_several_calls_are_counted() -> None:
    two = hermes.render_call(ToolCall(name="a")) + "\n" + hermes.render_call(ToolCall(name="b"))
    text, calls, problems = hermes.parse(f"I look.\n{two}\n")
    assert text == "I look."
    assert [(c.name, c.id) for c in calls] == [("a", "call_1"), ("b", "call_2")]
    assert problems == ()


def test_a_call_cut_off_before_its_end_marker_is_read_when_it_is_whole() -> None:
    assert hermes.parse('<tool_call>{"name": "a", "arguments": {}}')[1][0].name == "a"
    text, calls, problems = hermes.parse('<tool_call>{"name": "a", "argum')
    assert (text, calls) == ('<tool_call>{"name": "a", "argum', ())
    assert problems


@pytest.mark.parametrize(
    "body",
    ["not json", "[]", '{"arguments": {}}', '{"name": ""}', '{"name": "a", "arguments": [1]}',
     '{"name": "a", "arguments": {"x": NaN}}', '{"name": 3}'],
)  # fmt: skip
def test_a_malformed_call_is_a_problem_and_stays_in_sight(body: str) -> None:
    written = f"<tool_call>{body}</tool_call>"
    text, calls, problems = hermes.parse(written)
    assert (text, calls) == (written, ())
    assert len(problems) == 1


def test_arguments_written_as_a_json_text_are_read() -> None:
    call = hermes.parse('<tool_call>{"name": "a", "arguments": "{\\"x\\": 1}"}</tool_call>')[1][0]
    assert call.arguments == {"x": 1}


def test_each_family_is_known_by_its_template() -> None:
    assert toolformats.of(templates.chatml(templates.SMOLLM2_SYSTEM)) is hermes
    assert toolformats.of(templates.GEMMA) is hermes
    assert toolformats.of("… [AVAILABLE_TOOLS] … [TOOL_CALLS] …") is mistral
    assert toolformats.of("… <|python_tag|> …") is llama3
    assert toolformats.of("… <start_function_call> …") is gemma
    assert toolformats.of("no word of it") is plain


def test_plain_json_is_a_call_only_when_it_is_one() -> None:
    fenced = '```json\n{"name": "now", "arguments": {}}\n```'
    assert plain.parse(fenced)[1][0].name == "now"
    for answer in ('{"name": "Ada", "age": 3}', '{"a": 1}', "{not json", "Words."):
        assert plain.parse(answer) == (answer, (), ())


def test_a_prompt_is_what_the_server_renders() -> None:
    """mlx_lm's server: the wire's JSON, arguments as text, through its own preparation and the same template."""
    import json

    from mlx_lm.server import process_message_content

    from adam.models.render import plain_messages, plain_tools

    model = tiny_model()
    call = ToolCall(name="read_file", arguments={"path": 'ä "b".txt', "start": 3, "more": {"x": [1, None]}}, id="1")
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="read it — please"),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="line one\n<b>&amp;", call_id="1", name="read_file"),
    )
    wire = json.loads(json.dumps({"messages": plain_messages(messages), "tools": plain_tools((READ, SEARCH, TIME))}))
    for message in wire["messages"]:
        for each in message.get("tool_calls", ()):
            each["function"]["arguments"] = json.dumps(each["function"]["arguments"])
        message["content"] = message["content"] or None
    process_message_content(wire["messages"])
    for template in (templates.chatml(templates.SMOLLM2_SYSTEM), templates.GEMMA, templates.PLAIN):
        model.tokenizer.chat_template = template
        served = model.tokenizer.apply_chat_template(
            wire["messages"], add_generation_prompt=True, tools=wire["tools"], tokenize=True
        )
        assert list(served) == model.render(Conversation(messages, (READ, SEARCH, TIME)))


def test_other_families_go_through_the_parser_of_mlx_lm() -> None:
    from mlx_lm.tool_parsers import qwen3_coder

    class Tokenizer:
        has_tool_calling = True
        tool_call_start = qwen3_coder.tool_call_start
        tool_call_end = qwen3_coder.tool_call_end

        @staticmethod
        def tool_parser(text: str, tools: Any) -> Any:
            return qwen3_coder.parse_tool_call(text, tools or [])

    kind = toolformats.of("<tool_call>\n<function=name>", Tokenizer())
    written = "On it.\n<tool_call>\n<function=read>\n<parameter=path>\na.txt\n</parameter>\n</function>\n</tool_call>"
    text, calls, _ = kind.parse(written)
    assert (text, calls[0].name, calls[0].arguments) == ("On it.", "read", {"path": "a.txt"})


# ── Adam's own templates ──────────────────────────────────────────────────────────────────────────
def render(conversation: Conversation, template: str = "") -> str:
    model = tiny_model()
    if template:
        model.tokenizer.chat_template = template
    return str(model.tokenizer.decode(model.render(conversation)))


def test_tools_are_shown_as_signatures() -> None:
    text = render(Conversation.of("hi", "You are Adam.", [READ, SEARCH, TIME]))
    assert text.startswith("<|im_start|>system\nYou are Adam.\n\nTools:\n")
    assert "- read_file(path: string, start?: integer): Read a text file\n" in text
    assert "- search(query: string, kind?: word|regex): Search the notes for a text\n" in text
    assert "- now(): The time of day\n" in text


def test_a_tool_turn_and_its_result_are_rendered_and_read_back_alike() -> None:
    call = ToolCall(name="read_file", arguments={"path": 'a "b".txt', "start": 3}, id="1")
    conversation = Conversation(
        (
            Message(role="user", content="read it"),
            Message(role="assistant", content="I look.", tool_calls=(call,)),
            Message(role="tool", content="line one", call_id="1", name="read_file"),
        ),
        (READ,),
    )
    text = render(conversation)
    assert f"<|im_start|>assistant\nI look.\n{hermes.render_call(call)}<|im_end|>\n" in text
    assert text.endswith("<|im_start|>tool\nline one<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize(
    "template",
    [templates.chatml(), templates.chatml(templates.SMOLLM2_SYSTEM), templates.GEMMA, templates.PLAIN],
)
def test_the_beginning_of_a_conversation_renders_as_the_beginning(template: str) -> None:
    """What caches and training rows rely on."""
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="What? {{ 1 }} {% x %}"),
        Message(role="assistant", content="", tool_calls=(ToolCall(name="now"),)),
        Message(role="tool", content="noon", name="now"),
        Message(role="assistant", content="It is noon."),
        Message(role="user", content="Thanks"),
    )
    whole = render(Conversation(messages, (TIME,)), template)
    for count in (2, 4):
        assert whole.startswith(render(Conversation(messages[:count], (TIME,)), template).rstrip())


def test_a_template_without_system_turns_gets_the_words_before_the_first_question() -> None:
    strict = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "[{{ m.role }}] {{ m.content }}\n{% endfor %}"
    )
    assert render(Conversation.of("Why?", "Be brief."), strict) == "[user] Be brief.\n\nWhy?\n"


def test_a_base_keeps_a_template_of_its_own_that_knows_tools() -> None:
    own = "{% if tools %}{{ tools }}{% endif %}"
    assert templates.for_base(own)[0] == own
    assert templates.for_base("<|im_start|>{{ messages }}")[0] == templates.chatml()
    assert templates.for_base("<start_of_turn>{{ messages }}")[0] == templates.GEMMA
    assert templates.for_base("")[0] == templates.PLAIN
    assert templates.for_base("{{ messages }}")[0] == "{{ messages }}"
