"""The mean loss of an answer's token: MODEL DATA ADAPTER, an adapter that plain mlx-lm loads. Prints it.

One ruler for whoever trained it: valid.jsonl row by row, all tokens behind the prompt, nothing padded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.pop(0)  # this folder has a module of mlx_lm's name
import mlx.core as mx
import mlx.nn as nn
from mlx_lm import load

model, tokenizer, *_ = load(sys.argv[1], adapter_path=sys.argv[3])
total, learned = 0.0, 0
for line in (Path(sys.argv[2]) / "valid.jsonl").read_text().splitlines():
    messages = json.loads(line)["messages"]
    head = len(tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False))
    whole = mx.array(tokenizer.apply_chat_template(messages, return_dict=False))
    said = model(whole[None, :-1])[0, head - 1 :]
    total += nn.losses.cross_entropy(said.astype(mx.float32), whole[head:], reduction="sum").item()
    learned += len(whole) - head
print(total / learned)
