"""Trains the depth network on made-up scenes.

Usage: train.py --seconds 420 --out DIR [--device cuda|cpu] [--variant base] [--smoke]
Writes DIR/best.pt, DIR/last.pt, DIR/checkpoint_NN.pt, DIR/log.txt and DIR/samples.png. "Best" is what does
best on real frames (eval_data/eval.npz, see prepare_eval.py); without them it is the last.
"""

import argparse
import math
import os
import pathlib
import time
import traceback
from dataclasses import dataclass, field, replace

import torch

from augment import Augmenter, Shares
from dice import Dice
from loss import depth_loss
from measure import EvaluationData, measured, network_depth
from network import SHAPES, DepthNetwork
from scenes import SceneMaker
from sheet import write_png

CHECKPOINT_SECONDS = 40
POOL = 24              # batches of scenes that are kept for another use


@dataclass(frozen=True)
class Plan:
    """One way to train."""
    shape: str = "base"
    shares: Shares = field(default_factory=Shares)
    order_share: float = .3
    seed: int = 3
    rate: float = 2e-3
    warm_steps: int = 300


VARIANTS = {
    "base": Plan(),
    "lean": Plan(shape="lean"),
    "wide": Plan(shape="wide"),
    "no_flat": Plan(shares=Shares(desktops=0, flat=0)),
    "no_order": Plan(order_share=0),
}


@dataclass
class Load:
    """How much work a step is."""
    batch: int
    reuse: int           # steps per new batch of scenes
    oversample: int
    sizes: tuple         # heights and widths, multiples of 32


GPU = Load(64, 4, 2, ((96, 160), (96, 160), (96, 160), (160, 96), (96, 128), (128, 96), (64, 192)))
CPU = Load(12, 3, 1, ((64, 96), (64, 96), (64, 128), (96, 64)))
SMOKE = Load(4, 2, 1, ((64, 96), (96, 64)))


class Average:
    """The moving average of a network's weights, a few calls for all tensors together."""

    def __init__(self, network, shape):
        self.network = DepthNetwork(shape).to(next(network.parameters()).device)
        self.network.to(memory_format=torch.channels_last)   # as the other, or the calls become loops
        self.network.load_state_dict(network.state_dict())
        self.network.requires_grad_(False).eval()
        self.mine = self.tensors(self.network)
        self.theirs = self.tensors(network)

    @staticmethod
    def tensors(network):
        return [value for value in network.state_dict().values() if value.is_floating_point()]

    @torch.no_grad()
    def update(self, share):
        if hasattr(torch, "_foreach_lerp_"):
            torch._foreach_lerp_(self.mine, self.theirs, share)
        else:
            torch._foreach_mul_(self.mine, 1 - share)
            torch._foreach_add_(self.mine, self.theirs, alpha=share)


class Training:
    checkpoint_seconds = CHECKPOINT_SECONDS

    def __init__(self, plan, load, device, out, compiled):
        self.plan, self.load, self.out = plan, load, out
        self.device = torch.device(device)
        torch.manual_seed(plan.seed)
        self.maker = SceneMaker(device, plan.seed, load.oversample, compiled)
        self.dice = Dice(plan.seed + 1, device)
        self.augment = Augmenter(self.dice, plan.shares)
        shape = SHAPES[plan.shape]
        self.network = DepthNetwork(shape).to(self.device).to(memory_format=torch.channels_last)
        self.average = Average(self.network, shape)
        fused = {"fused": True} if self.device.type == "cuda" else {}
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=plan.rate, weight_decay=1e-2, **fused)
        self.pool, self.step, self.best, self.checkpoints = [], 0, -math.inf, 0
        self.spent = {"scenes": 0.0, "step": 0.0}
        self.data = EvaluationData.load()

    def log(self, text):
        print(text, flush=True)
        with open(self.out / "log.txt", "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def sample(self):
        if self.step % self.load.reuse == 0 or len(self.pool) < 2:
            height, width = self.dice.python.choice(self.load.sizes)
            self.pool.append(self.maker.batch(self.load.batch, height, width))
            self.pool = self.pool[-POOL:]
            scene = self.pool[-1]
        else:
            scene = self.dice.python.choice(self.pool)
        return self.augment(*scene)

    def rate(self, progress):
        warm = min(1, (self.step + 1) / self.plan.warm_steps)
        return self.plan.rate * warm * (.5 + .5 * math.cos(math.pi * min(1, progress))) + 1e-5

    def loss(self, sample):
        picture = sample.picture.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.device.type == "cuda"):
            prediction = self.network(picture)
        return depth_loss(prediction, sample, self.dice, self.plan.order_share)

    def train_step(self, progress):
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(progress)
        started = time.monotonic()
        sample = self.sample()
        made = time.monotonic()
        loss = self.loss(sample)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.average.update(.02 if self.step < 1500 else .0025)
        self.spent["scenes"] += made - started
        self.spent["step"] += time.monotonic() - made
        return loss.detach()

    def state(self):
        return {"shape": self.plan.shape, "seed": self.plan.seed, "step": self.step,
                "weights": {key: value.cpu().clone() for key, value in self.average.network.state_dict().items()}}

    def save(self, state, name):
        torch.save(state, self.out / (name + ".tmp"))
        os.replace(self.out / (name + ".tmp"), self.out / name)

    def checkpoint(self, seconds, loss):
        state = self.state()
        if not all(torch.isfinite(value).all() for value in state["weights"].values()):
            self.log(f"{seconds:.0f} s: weights are not finite; back to the last checkpoint")
            self.restore()
            return
        self.save(state, "last.pt")
        self.checkpoints += 1
        line = f"{seconds:4.0f} s step {self.step} loss {loss:.3f}"
        try:
            score = self.checkpoints
            if self.data:
                result = measured(network_depth(self.average.network, self.device), self.data)
                line += " " + result.line()
                score = state["score"] = result.score()
            if score > self.best:
                self.best = score
                self.save(state, "best.pt")
                line += " best"
            self.save(state, f"checkpoint_{self.checkpoints:02d}.pt")
        except Exception:  # a measure that fails must not end the training
            line += "\n" + traceback.format_exc()
        self.log(line)

    def restore(self):
        if not (self.out / "last.pt").exists():
            return
        weights = torch.load(self.out / "last.pt", map_location=self.device)["weights"]
        self.network.load_state_dict(weights)
        self.average.network.load_state_dict(weights)
        self.optimizer.state.clear()

    def run(self, seconds, until, steps):
        picture, inverse = self.maker.batch(self.load.batch, *self.load.sizes[0])
        shown = self.augment(picture, inverse)
        depth = torch.nn.functional.interpolate(shown.target, scale_factor=2.0) / 5 + .35
        write_png(self.out / "samples.png", shown.picture[:24], depth[:24])
        if self.maker.compiled:   # here, so that the clock does not count it
            for size in sorted(set(self.load.sizes)):
                self.maker.batch(self.load.batch, *size)
        seconds = max(1, until - time.time()) if until else seconds
        start = last = time.monotonic()
        self.log(f"{self.plan} {self.load} compiled {self.maker.compiled is not None} "
                 f"{self.network.shape.multiplications(96, 160) / 1e6:.0f} M multiplications at 160x96")
        loss = torch.zeros(())
        while True:
            now = time.monotonic()
            if now - start > seconds or self.step >= steps:
                break
            loss = self.train_step((now - start) / seconds)
            if self.step == 200:
                self.report_speed(now - start)
            if now - last > self.checkpoint_seconds:
                self.checkpoint(now - start, float(loss))
                last = time.monotonic()
        self.checkpoint(time.monotonic() - start, float(loss))
        self.report_speed(time.monotonic() - start)

    def report_speed(self, seconds):
        per_step = {name: f"{1000 * value / self.step:.1f} ms" for name, value in self.spent.items()}
        memory = torch.cuda.max_memory_allocated() / 1e9 if self.device.type == "cuda" else 0
        self.log(f"{self.step} steps, {1000 * seconds / self.step:.1f} ms each; issuing: {per_step}; "
                 f"{memory:.1f} GB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=420)
    parser.add_argument("--until", type=float, help="end at this time (seconds since 1970) instead")
    parser.add_argument("--steps", type=int, default=1 << 30)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="base")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--eager", action="store_true", help="do not compile the scene maker")
    parser.add_argument("--smoke", action="store_true", help="tiny batches on a CPU, as a test")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    on_gpu = arguments.device != "cpu"
    if on_gpu:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    load = GPU if on_gpu else CPU
    if arguments.smoke and not on_gpu:
        load = SMOKE
    plan = VARIANTS[arguments.variant]
    if arguments.seed is not None:
        plan = replace(plan, seed=arguments.seed)
    compiled = on_gpu and not arguments.eager and hasattr(torch, "compile")
    if not compiled:
        load = replace(load, oversample=1)
    Training(plan, load, arguments.device, arguments.out, compiled).run(
        arguments.seconds, arguments.until, arguments.steps)


if __name__ == "__main__":
    main()
