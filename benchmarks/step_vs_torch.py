"""One training step of ALI: ours on the CPU beside the same step in PyTorch eager.

    python benchmarks/step_vs_torch.py                                          # the official SVHN configuration
    python benchmarks/step_vs_torch.py --width 0.25 --code 32 --batch-size 32   # what `quick` trains without a GPU

The PyTorch model is built from our own layer list, in both memory formats and with both of its fast Adams. All
variants take turns, one step each, for some rounds in one process: what else the machine does hits all of them alike.
Compared are the minima. Exit status: 2 where torch is not installed.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from alicuda import backends
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.models import ALI, experiments
from alicuda.training.step import TrainingStep

RESULT = Path(__file__).parent / "results" / "step_vs_torch.json"
PAUSE = 0.05  # seconds before each turn, in which the threads of the one before stop spinning


def our_step(model: ALI, x: np.ndarray) -> Callable[[], None]:
    """Our step, on pictures that are on the device already, as PyTorch's are."""
    step, pictures = TrainingStep(model, seed=0, ring_rows=8), model.tensor(x)
    return lambda: step.run(pictures)


def torch_step(
    torch: Any, model: ALI, x: np.ndarray, channels_last: bool, adam: str, device: str = "cpu"
) -> Callable[[], None]:
    """The step of `TrainingStep.run` in PyTorch, for the same architecture, on one of its devices."""
    nn, softplus = torch.nn, torch.nn.functional.softplus
    o = model.options

    class UntiedBias(nn.Module):
        def __init__(self, height: int, width: int, channels: int):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(1, channels, height, width))

        def forward(self, x: Any) -> Any:
            return x + self.bias

    def modules(layer: Any) -> list[Any]:
        row, channels = layer.row, layer.in_shape[-1]
        kind = {"conv": nn.Conv2d, "tconv": nn.ConvTranspose2d}[row.op]
        found = [nn.Dropout(row.drop)] if row.drop else []
        found.append(kind(channels, row.out, row.taps, row.stride, bias=row.bias == "tied"))
        nn.init.normal_(found[-1].weight, std=o.init_std)
        if row.bias == "untied":
            found.append(UntiedBias(*layer.op_shape))
        if row.bn:
            found.append(nn.BatchNorm2d(row.out, eps=o.batch_norm_eps, momentum=o.batch_norm_rate))
        acts = {"leaky_relu": lambda: [nn.LeakyReLU(layer.slope)], "sigmoid": lambda: [nn.Sigmoid()], "linear": list}
        return found + acts[row.act]()

    nets: dict[str, list[Any]] = {}
    for player in model.players.values():
        for name, layer in player.layers:
            nets.setdefault(name.rpartition(".")[0], []).extend(modules(layer))
    memory = torch.channels_last if channels_last else torch.contiguous_format
    g2, g1, image, code, joint = (
        nn.Sequential(*nets[name]).to(device, memory_format=memory)
        for name in ("g2", "g1", "d.image", "d.code", "d.joint")
    )
    g = [*g2.parameters(), *g1.parameters()]
    d = [*image.parameters(), *code.parameters(), *joint.parameters()]
    optimisers = [torch.optim.Adam(player, o.lr, (o.beta1, o.beta2), o.adam_eps, **{adam: True}) for player in (g, d)]
    pictures = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).to(device, memory_format=memory)

    def step() -> None:
        mu, log_sigma = g2(pictures).split(o.code, 1)
        z_hat = mu + log_sigma.exp() * torch.randn_like(mu)
        z = torch.randn_like(mu)
        features = [image(torch.cat([pictures, g1(z)])), code(torch.cat([z_hat, z]))]
        real, fake = joint(torch.cat(features, 1)).flatten().chunk(2)
        loss_d = softplus(-real).mean() + softplus(fake).mean()
        loss_g = softplus(real).mean() + softplus(-fake).mean()
        gradients = [*torch.autograd.grad(loss_d, d, retain_graph=True), *torch.autograd.grad(loss_g, g)]
        for parameter, gradient in zip([*d, *g], gradients, strict=True):
            parameter.grad = gradient
        for optimiser in optimisers:
            optimiser.step()

    return step


def measure(steps: dict[str, Callable[[], None]], rounds: int) -> dict[str, dict[str, float]]:
    """Wall and processor milliseconds of each variant, in turn."""
    wall: dict[str, list[float]] = {name: [] for name in steps}
    cpu: dict[str, list[float]] = {name: [] for name in steps}
    for i in range(rounds + 1):
        for name, step in steps.items():
            time.sleep(PAUSE)
            started, used = time.perf_counter(), time.process_time()
            step()
            if i:  # the first one finds its memory and its kernels
                wall[name].append((time.perf_counter() - started) * 1e3)
                cpu[name].append((time.process_time() - used) * 1e3)
    return {
        name: {"min_ms": min(wall[name]), "median_ms": statistics.median(wall[name]), "min_cpu_ms": min(cpu[name])}
        for name in steps
    }


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=float, default=1.0, help="fraction of the official channel counts")
    parser.add_argument("--code", type=int, default=256, help="numbers in a code z")
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--save", action="store_true", help=f"add the result to {RESULT.name}")
    args = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("step_vs_torch needs PyTorch beside alicuda, and it is not installed here.", file=sys.stderr)
        return 2

    backends.set_backend(NumPyFast(args.threads))
    torch.set_num_threads(args.threads)
    options = dataclasses.replace(experiments.default_options("svhn"), width=args.width, code=args.code)
    model = ALI("svhn", options)
    x = np.random.default_rng(0).random((args.batch_size, *model.shape), dtype=np.float32)
    steps = {"alicuda numpy": our_step(model, x)}
    for layout in ("NCHW", "channels_last"):
        for adam in ("foreach", "fused"):
            name = f"torch {layout}, Adam {adam}"
            steps[name] = torch_step(torch, model, x, layout == "channels_last", adam)
    times = measure(steps, args.rounds)

    best = min((name for name in times if name.startswith("torch")), key=lambda name: times[name]["min_ms"])
    result = {
        "benchmark": "step_vs_torch",
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python", *sys.argv]),
        "machine": {"cpu": cpu_model(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "configuration": {
            "experiment": "svhn", "width": args.width, "code": args.code, "batch_size": args.batch_size,
            "threads": args.threads, "rounds": args.rounds,
        },
        "times": {name: {key: round(ms, 2) for key, ms in row.items()} for name, row in times.items()},
        "fastest_torch": best,
        "ratio": round(times["alicuda numpy"]["min_ms"] / times[best]["min_ms"], 3),
        "ratio_of_cpu_time": round(times["alicuda numpy"]["min_cpu_ms"] / times[best]["min_cpu_ms"], 3),
    }  # fmt: skip
    if args.save:
        runs = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else []
        runs = [run for run in runs if run["configuration"] != result["configuration"]]
        RESULT.write_text(json.dumps([*runs, result], indent=2) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps(result))
        return 0
    print(f"{'one training step':<32}{'min ms':>10}{'median ms':>12}{'min CPU ms':>12}")
    for name, row in times.items():
        print(f"{name:<32}{row['min_ms']:>10.1f}{row['median_ms']:>12.1f}{row['min_cpu_ms']:>12.1f}")
    print(f"alicuda takes {result['ratio']} times as long as {best} (of CPU time: {result['ratio_of_cpu_time']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
