"""mlx_lm.lora over one epoch: MODEL DATA ADAPTER, the folder to make. Prints one JSON object last."""

from __future__ import annotations

import json
import os
import sys
import time
import types
from pathlib import Path

sys.path.pop(0)  # this folder has a module of mlx_lm's name
from mlx_lm import lora
from mlx_lm.tuner.callbacks import TrainingCallback

model, data, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
batch, rank, lr = int(os.environ["BENCH_BATCH"]), int(os.environ["BENCH_RANK"]), float(os.environ["BENCH_LR"])
measured = [json.loads(line) for line in (data / "lengths.jsonl").read_text().splitlines()]
steps, seed = len(measured) // batch, int(os.environ["BENCH_SEED"])


class Heard(TrainingCallback):
    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.times: list[float] = []

    def on_train_loss_report(self, info: dict) -> None:
        self.times.append(batch / info["iterations_per_second"] / batch)


heard = Heard()
args = types.SimpleNamespace(
    **{
        **lora.CONFIG_DEFAULTS, "model": model, "data": str(data), "train": True, "test": False, "iters": steps,
        "batch_size": batch, "num_layers": -1, "mask_prompt": True, "learning_rate": lr, "steps_per_report": 1,
        "steps_per_eval": 10**9, "val_batches": 1, "adapter_path": out, "max_seq_length": 1024, "seed": seed,
        "save_every": 10**9, "lora_parameters": {"rank": rank, "dropout": 0.0, "scale": 2.0},
    }
)  # fmt: skip
lora.get_reporting_callbacks = lambda *_, **__: heard  # the callback that `run` takes it throws away (0.32)
lora.run(args, heard)
print(json.dumps({"tokens": sum(m["tokens"] for m in measured), "seconds": sum(heard.times),
                  "slowest_step_s": max(heard.times), "fastest_step_s": min(heard.times)}))  # fmt: skip
