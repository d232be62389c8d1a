"""Local servers that are up and that router.yaml does not know yet: LM Studio, Ollama, mlx_lm."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adam.records import RouterState

PORTS = {1234: "LM Studio", 11434: "Ollama", 8080: "mlx_lm"}
PATIENCE_S = 0.5


def found(state: RouterState, ports: dict[int, str] = PORTS) -> list[str]:
    """One line for each, with what makes it answer."""
    there = [*state.models.values(), *([state.cloud] if state.cloud else [])]
    said = []
    for port, name in ports.items():
        if any(f":{port}" in each.base_url for each in there):
            continue
        models = _models(port)
        if models:
            address = f"http://localhost:{port}/v1"
            said.append(f"{name} is up with {models[0]}: put it under models: in router.yaml ({address}).")
    return said


def _models(port: int) -> list[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/v1/models")
        response = connection.getresponse()
        tree = json.loads(response.read(1_000_000)) if response.status == 200 else {}
        return [str(row["id"]) for row in tree.get("data") or ()]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return []  # nobody there, or something else that speaks HTTP
    finally:
        connection.close()
