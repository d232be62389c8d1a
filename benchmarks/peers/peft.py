"""PyTorch + PEFT over one epoch: MODEL DATA. Prints one JSON object last. Runs in an environment of its own."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.pop(0)  # this folder has a module of peft's name
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

model_path, data = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
size, rank, lr = int(os.environ["BENCH_BATCH"]), int(os.environ["BENCH_RANK"]), float(os.environ["BENCH_LR"])
grouped, seed = bool(os.environ.get("BENCH_GROUPED")), int(os.environ["BENCH_SEED"])
torch.manual_seed(seed)
torch.set_num_threads(len(os.sched_getaffinity(0)))
tokenizer = AutoTokenizer.from_pretrained(model_path)
with tempfile.TemporaryDirectory() as place:  # transformers wants the one file of weights by another name
    for path in model_path.iterdir():
        name = "model.safetensors" if path.suffix == ".safetensors" else path.name
        (Path(place) / name).symlink_to(path)
    model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(
    model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM")
)


def rows(name: str) -> list[tuple[list[int], list[int]]]:
    found = []
    for line in (data / f"{name}.jsonl").read_text().splitlines():
        messages = json.loads(line)["messages"]
        head = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False)
        whole = tokenizer.apply_chat_template(messages, return_dict=False)
        found.append((whole, [-100] * len(head) + whole[len(head) :]))
    return found


def padded(batch: list[tuple[list[int], list[int]]]) -> dict[str, torch.Tensor]:
    width = max(len(tokens) for tokens, _ in batch)
    return {
        "input_ids": torch.tensor([tokens + [0] * (width - len(tokens)) for tokens, _ in batch]),
        "attention_mask": torch.tensor(
            [[1] * len(tokens) + [0] * (width - len(tokens)) for tokens, _ in batch]
        ),
        "labels": torch.tensor([labels + [-100] * (width - len(labels)) for _, labels in batch]),
    }


train, valid = rows("train"), rows("valid")
random.Random(seed).shuffle(train)
if grouped:
    train.sort(key=lambda row: len(row[0]))
batches = [train[at : at + size] for at in range(0, len(train), size)]
random.Random(seed + 1).shuffle(batches)
steps = len(batches)
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.01)
model.train()
begun = time.monotonic()
for batch in batches:
    loss = model(**padded(batch)).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
seconds = time.monotonic() - begun
model.eval()
total = learned = 0.0
with torch.no_grad():
    for at in range(0, len(valid), size):
        inputs = padded(valid[at : at + size])
        count = int((inputs["labels"] != -100).sum())
        total += float(model(**inputs).loss) * count
        learned += count
print(
    json.dumps({"tokens": sum(len(t) for t, _ in train), "seconds": seconds, "valid_loss": total / learned})
)
