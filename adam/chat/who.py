"""/model /route /offline /tools /system /cost: who answers, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adam.errors import BadUsage

if TYPE_CHECKING:
    from adam.chat.talk import Talk

HOW = """
A better one, written into {path}:
  cloud: {{model: gpt-5-mini}}
with its key in the environment (OPENAI_API_KEY), or
  models:
    studio: {{model: qwen3-8b, base_url: "http://localhost:1234/v1"}}
for LM Studio, Ollama and their like; then /model studio."""
SWITCH = {"on": True, "off": False, "yes": True, "no": False}


def model(talk: Talk, argument: str) -> None:
    from adam.chat.completion import models

    if argument:
        name = "" if argument == "auto" else argument
        talk.answerer.choose("", name or None)  # BadUsage for a name nobody knows
        talk.session.model = name
    now = talk.session.model
    choice = talk.answerer.choose(talk.last_prompt, now or None)
    talk.say(f"{talk.answerer.named(choice)} answers: {choice.reason}", "bold")
    if argument:
        return
    for name, about in models(talk):
        mark = "▸" if name == (now or "auto") else " "
        talk.say(f" {mark} {name:<16} {about}")
    if talk.answerer.state.cloud is None and not talk.answerer.state.models:
        talk.say(HOW.format(path=talk.workspace.router), "dim")


def route(talk: Talk, argument: str) -> None:
    from adam.chat.verbs import show

    choice = talk.answerer.choose(argument or talk.last_prompt, talk.session.model or None)
    show(talk.answerer, choice)


def offline(talk: Talk, argument: str) -> None:
    """For this talk. What router.yaml says for good is changed there, after a question."""
    from adam.chat import plain

    on = _switch(argument, not talk.answerer.offline)
    if not on and talk.answerer.state.offline_only:
        if not talk.sure(plain.ASKS["offline.off"]):
            return
        plain.set_offline(False)
    talk.answerer.offline = on
    if on:
        talk.say("offline: nothing leaves this machine in this talk (`/offline off`)", "green")
        talk.say("for good: offline_only: true in router.yaml", "dim")
    else:
        talk.say("online: the cloud model may be asked, if there is one")


def tools(talk: Talk, argument: str) -> None:
    if argument:
        talk.answerer.tools_on = _switch(argument, True)
    on = talk.answerer.tools_on
    talk.say("tools are on; writing and running is asked for each time" if on else "tools are off", "bold")
    if not on:
        return
    for tool in talk.answerer.toolbox.tools:
        talk.say(f"  {tool.name:<24} {tool.description.split('. ')[0]}")
    talk.say("a small offline model is told of those its adapter learned, others of all", "dim")


def system(talk: Talk, argument: str) -> None:
    if argument in {"off", "none", "default"}:
        talk.answerer.system = None
    elif argument:
        talk.answerer.system = argument
    now = talk.answerer.system
    talk.say("each model's own system prompt" if now is None else f"told first: {now}")


def cost(talk: Talk, argument: str) -> None:
    """What is not known is not counted as nothing."""
    a = talk.answerer
    today = a.spend.today(a.clock())
    limit = a.state.daily_limit_usd
    known = [run for run in a.runs.tail(500) if run.session == talk.session.id]
    paid = sum(run.cost_usd or 0.0 for run in known)
    unknown = sum(1 for run in known if run.cost_usd is None and run.route == "cloud")
    talk.say(f"this talk ${paid:.4f}" + (f" and {unknown} answers of unknown price" if unknown else ""))
    talk.say(f"today ${today:.4f}" + (f" of ${limit:.2f}" if limit is not None else ", no daily_limit_usd"))


def _switch(argument: str, otherwise: bool) -> bool:
    if not argument:
        return otherwise
    if argument.lower() not in SWITCH:
        raise BadUsage(f"'{argument}' is neither on nor off", "/offline on, /offline off")
    return SWITCH[argument.lower()]
