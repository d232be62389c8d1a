"""Chat templates of Adam's own, for bases that have none or whose template ignores tools.

Tools are shown as signatures, not as JSON schemas: some 20 tokens each instead of 70, which is what a
small model can read before it answers. The text names `tool_call.name`, by which mlx_lm's server knows
that calls come as `<tool_call>{json}</tool_call>`.
"""

from __future__ import annotations

import hashlib

# tools in jinja, shared by the templates below
_TOOLS = """\
{%- macro kind(p) -%}
{%- if p.enum is defined -%}{{ p.enum | join('|') }}
{%- elif p.type is defined and p.type is not string -%}{{ p.type | join('|') }}
{%- elif p.type is defined -%}{{ p.type }}{%- else -%}any{%- endif -%}
{%- endmacro -%}
{%- macro preamble(tools) -%}
{{- 'Tools:\\n' -}}
{%- for tool in tools -%}
{%- set f = tool.function if tool.function is defined else tool -%}
{%- set wanted = (f.parameters or {}).required or [] -%}
{{- '- ' + f.name + '(' -}}
{%- if f.parameters and f.parameters.properties -%}
{%- for key, p in f.parameters.properties.items() -%}
{{- key + ('' if key in wanted else '?') + ': ' + kind(p) + (', ' if not loop.last else '') -}}
{%- endfor -%}{%- endif -%}
{{- ')' + (': ' + f.description if f.description else '') + '\\n' -}}
{%- endfor -%}
{{- 'To use one, answer only <tool_call>{"name": ..., "arguments": {...}}</tool_call>' -}}
{%- endmacro -%}
{%- macro turn(message) -%}
{{- message.content or '' -}}
{%- if message.tool_calls -%}
{%- for call in message.tool_calls -%}
{%- set tool_call = call.function if call.function is defined else call -%}
{{- '\\n' if message.content and loop.first -}}
{{- '<tool_call>{"name": "' + tool_call.name + '", "arguments": ' -}}
{{- tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson -}}
{{- '}</tool_call>' -}}
{%- endfor -%}{%- endif -%}
{%- endmacro -%}
"""


# what stands before the turns: the system text (or a default) and the messages after it
_REST = """\
{%- set first = messages[0] if messages else none -%}
{%- set system = first.content if first and first.role == 'system' else '' -%}
{%- set rest = messages[1:] if first and first.role == 'system' else messages -%}
"""


def chatml(default_system: str = "") -> str:
    """`<|im_start|>role … <|im_end|>`: SmolLM2, Qwen; tools in the system turn, results in a `tool` turn."""
    said = default_system.replace("'", "\\'")
    return (
        _TOOLS
        + _REST
        + "{%- if not (first and first.role == 'system') -%}{%- set system = '"
        + said
        + "' -%}{%- endif -%}"
        + "{%- if system or tools -%}{{- '<|im_start|>system\\n' + system -}}"
        + "{%- if tools -%}{{- ('\\n\\n' if system else '') + preamble(tools) -}}{%- endif -%}"
        + "{{- '<|im_end|>\\n' -}}{%- endif -%}"
        + "{%- for message in rest -%}"
        + "{{- '<|im_start|>' + message.role + '\\n' + turn(message) + '<|im_end|>\\n' -}}"
        + "{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
    )


# Gemma's turns: there is no system turn, so what it says stands before the first user's words.
GEMMA = (
    _TOOLS
    + _REST
    + "{{- bos_token -}}"
    + "{%- set ns = namespace(head=system) -%}"
    + "{%- if tools -%}{%- set ns.head = (system + '\\n\\n' if system else '') + preamble(tools) -%}{%- endif -%}"
    + "{%- for message in rest -%}"
    + "{%- set role = 'model' if message.role == 'assistant' else 'user' -%}"
    + "{{- '<start_of_turn>' + role + '\\n' -}}"
    + "{%- if role == 'user' and ns.head -%}{{- ns.head + '\\n\\n' -}}{%- set ns.head = '' -%}{%- endif -%}"
    + "{%- if message.role == 'tool' -%}"
    + "{{- '<tool_response>' + (message.content or '') + '</tool_response>' -}}"
    + "{%- else -%}{{- turn(message) -}}{%- endif -%}"
    + "{{- '<end_of_turn>\\n' -}}"
    + "{%- endfor -%}"
    + "{%- if add_generation_prompt -%}{{- '<start_of_turn>model\\n' -}}{%- endif -%}"
)

# For a tokenizer without any template: plain words, and answers stop before the next "User:".
PLAIN_STOPS = ("\nUser:",)
PLAIN = (
    _TOOLS
    + _REST
    + "{{- bos_token if bos_token is defined and bos_token -}}"
    + "{%- if system -%}{{- system + '\\n\\n' -}}{%- endif -%}"
    + "{%- if tools -%}{{- preamble(tools) + '\\n\\n' -}}{%- endif -%}"
    + "{%- set end = eos_token if eos_token is defined and eos_token else '' -%}"
    + "{%- for message in rest -%}"
    + "{{- {'user': 'User', 'assistant': 'Assistant', 'tool': 'Tool', 'system': 'System'}[message.role] -}}"
    + "{{- ': ' + turn(message) + (end if message.role == 'assistant' else '') + '\\n' -}}"
    + "{%- endfor -%}"
    + "{%- if add_generation_prompt -%}{{- 'Assistant:' -}}{%- endif -%}"
)

SMOLLM2_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def for_base(own: str) -> tuple[str, str]:
    """The template a base gets, and a word on it. Its own where it has one that knows tools.

    A base without any template was never trained on turn marks (plain Gemma has them in its vocabulary
    and answers them with noise), so it gets plain words.
    """
    if own and "tools" in own:
        return own, "its own"
    if "<|im_start|>" in own:
        return chatml(
            SMOLLM2_SYSTEM if SMOLLM2_SYSTEM in own else ""
        ), "ChatML with tool lines (its own ignores tools)"
    if "<start_of_turn>" in own:
        return GEMMA, "Gemma's turns with tool lines (its own ignores tools)"
    if own:
        return own, "its own (it ignores tools)"
    return PLAIN, "plain 'User: …' and 'Assistant: …' turns (it has none)"


def sha256(template: str) -> str:
    return hashlib.sha256(template.encode()).hexdigest()
