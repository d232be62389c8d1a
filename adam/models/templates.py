"""Chat templates of Adam's own, for bases that have none or whose own ignores tools.

The tool line is short on purpose: ten JSON schemas cost a small model 680 tokens, ten lines of this 200.
`<tool_call>` and `tool_call.name` stand in the text, so mlx_lm's server picks the same JSON parser.
"""

from __future__ import annotations

# what a call looks like, in a rendered turn
CALL_OPEN, CALL_CLOSE = "<tool_call>", "</tool_call>"

_MACROS = """\
{%- macro signature(tool) -%}
{%- set f = tool.function if tool.function is defined else tool -%}
{%- set wanted = f.parameters.required if f.parameters.required is defined else [] -%}
{{ f.name }}({% for k in f.parameters.properties %}{{ k }}{{ '' if k in wanted else '?' }}\
{{ ', ' if not loop.last else '' }}{% endfor %}): {{ f.description }}
{%- endmacro -%}
{%- macro preamble(tools) -%}
You can use tools. To use one, answer only with <tool_call>{"name": NAME, "arguments": {…}}</tool_call>. \
Otherwise just answer.
{%- for tool in tools %}{{ '\\n- ' }}{{ signature(tool) }}{% endfor -%}
{%- endmacro -%}
{%- macro calls(message) -%}
{%- for call in message.tool_calls or [] -%}
{%- set tool_call = call.function if call.function is defined else call -%}
<tool_call>{"name": {{ tool_call.name | tojson }}, "arguments": \
{{ tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson }}}</tool_call>
{%- endfor -%}
{%- endmacro -%}
"""

CHATML = (
    _MACROS
    + """\
{%- set first = messages[0] if messages and messages[0].role == 'system' else none -%}
{{ '<|im_start|>system\\n' }}{{ first.content if first else DEFAULT_SYSTEM }}\
{%- if tools %}{{ '\\n\\n' }}{{ preamble(tools) }}{% endif %}{{ '<|im_end|>\\n' }}
{%- for message in messages -%}
{%- if not (loop.first and first) -%}
{{ '<|im_start|>' + message.role + '\\n' }}{{ message.content or '' }}{{ calls(message) }}{{ '<|im_end|>\\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}
"""
)

GEMMA = (
    _MACROS
    + """\
{{ '<bos>' }}
{%- set first = messages[0] if messages and messages[0].role == 'system' else none -%}
{%- set lead = namespace(text=(first.content + '\\n\\n') if first and first.content else '') -%}
{%- if tools %}{% set lead.text = lead.text + preamble(tools) + '\\n\\n' %}{% endif -%}
{%- for message in messages -%}
{%- if not (loop.first and first) -%}
{{ '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\\n' }}
{%- if message.role == 'user' and lead.text %}{{ lead.text }}{% set lead.text = '' %}{% endif -%}
{{ ('<tool_response>\\n' + message.content + '\\n</tool_response>') if message.role == 'tool' \
else (message.content or '') }}{{ calls(message) }}{{ '<end_of_turn>\\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif -%}
"""
)


def chatml(default_system: str) -> str:
    return CHATML.replace("DEFAULT_SYSTEM", "'" + default_system.replace("'", "\\'") + "'")


SMOLLM_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def for_base(architecture: str, own: str, tokens: list[str]) -> tuple[str, str]:
    """The template to use, and what to say of it ("" when it is the base's own)."""
    if own and "tools" in own:
        return own, ""
    if "<|im_start|>" in tokens:
        default = SMOLLM_SYSTEM if "SmolLM" in own else "You are a helpful assistant."
        return chatml(default), "ChatML with Adam's short tool lines (the base's own template ignores tools)"
    if architecture == "gemma3" or "<start_of_turn>" in tokens:
        return GEMMA, "Gemma's turns with Adam's short tool lines (the file brings no template)"
    return own or PLAIN, "the base's own" if own else "a plain one (the file brings no template)"


PLAIN = """\
{%- for message in messages -%}
{{ message.role | capitalize }}: {{ message.content or '' }}{{ '\\n' }}
{%- endfor -%}
{%- if add_generation_prompt %}Assistant:{% endif -%}
"""
