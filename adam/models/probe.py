"""Is a server there, and does it really answer? /v1/models alone proves nothing: a token has to come."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Health:
    listens: bool = False  # /v1/models came back
    answers: bool = False  # so did a completion of one token
    seconds: float | None = None  # that the completion took
    models: tuple[str, ...] = ()
    said: str = ""  # what is wrong

    @property
    def ok(self) -> bool:
        return self.listens and self.answers


async def check(url: str, timeout_s: float) -> Health:
    """Both probes, together within `timeout_s`. Never raises for what a server does."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(_check, url, timeout_s), timeout_s + 1)
    except TimeoutError:  # it sent a byte now and then
        return Health(listens=True, said=f"a completion did not end within {timeout_s:g} s")


def _check(url: str, timeout_s: float) -> Health:
    began = time.monotonic()
    try:
        listed = _ask(url, "GET", "/models", None, min(timeout_s, 10.0))
        names = tuple(str(row["id"]) for row in listed["data"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return Health(said=f"{url}/models: {_one_line(error)}")
    asked = time.monotonic()
    body = {"model": names[0] if names else "", "max_tokens": 1, "temperature": 0}
    body["messages"] = [{"role": "user", "content": "Hi"}]
    try:
        answer = _ask(url, "POST", "/chat/completions", body, max(0.1, timeout_s - (asked - began)))
        answer["choices"][0]["message"]
    except TimeoutError:
        said = f"/v1/models answers, but a completion did not come within {timeout_s:g} s"
        return Health(listens=True, models=names, said=said)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        return Health(listens=True, models=names, said=f"{url}/chat/completions: {_one_line(error)}")
    return Health(True, True, time.monotonic() - asked, names)


def _ask(url: str, method: str, path: str, body: Any, timeout_s: float) -> Any:
    """One request, without any proxy of the environment."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout_s)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, parts.path + path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise ValueError(f"{response.status} {text[:200].decode(errors='replace')}")
        return json.loads(text)
    finally:
        connection.close()


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
