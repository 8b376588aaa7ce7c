"""Losses and weights of the first steps in PyTorch, for ../../test/nn/pytorch-steps.test.ts: [FILE].

Weights and batches follow from an integer formula (nn_networks.py), so that the table holds results only. Of each
parameter it holds the length after the last step, and its first values. Afterwards: npx biome check --write FILE.
"""

import json
import sys
from pathlib import Path

import torch
from nn_networks import Perceptron, Transformer, TwoTower, float32, formula, formula_below, table_of
from torch.nn import functional as F

STEPS = 50
SAMPLE = 4
BATCH_STREAM = 1000
BATCH = 16
LENGTH = 8
ROWS = 40
DIM = 16


def numbers(step, place, shape):
    return float32(formula(BATCH_STREAM + 10 * step + place, shape))


def ids(step, place, shape):
    return torch.from_numpy(formula_below(BATCH_STREAM + 10 * step + place, shape, ROWS))


def perceptron():
    network = Perceptron(DIM, 32, 4)
    return network, lambda step: {"x": numbers(step, 0, (BATCH, DIM)), "y": numbers(step, 1, (BATCH, 4))}


def with_table(make):
    table = table_of(ROWS, DIM).requires_grad_()

    def rows(name, batch):
        found = F.embedding(batch[name], table)
        return found.mean(1) if name == "history" else found

    network = make(rows)
    network.parameters.values["table"] = table
    return network


def two_tower():
    network = with_table(lambda rows: TwoTower(DIM, 32, rows))
    return network, lambda step: {"history": ids(step, 0, (BATCH, LENGTH)), "item": ids(step, 1, (BATCH,))}


def transformer():
    network = with_table(lambda rows: Transformer(LENGTH, DIM, 2, rows))
    names = ("sequence", "positive", "negative")
    return network, lambda step: {name: ids(step, k, (BATCH, LENGTH)) for k, name in enumerate(names)}


def sgd(matrices, others):
    return torch.optim.SGD(matrices + others, lr=0.05, momentum=0.9)


def adamw(matrices, others):
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.005)


def first_steps(make, optimiser_of):
    network, batch_of = make()
    values = network.parameters.values
    all_values = list(values.values())
    optimiser = optimiser_of(
        [value for value in all_values if value.dim() > 1], [value for value in all_values if value.dim() == 1]
    )
    losses = []
    for step in range(STEPS):
        optimiser.zero_grad()
        loss = network.loss(batch_of(step))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {"losses": losses, "weights": {name: summary(name, value.detach()) for name, value in values.items()}}


def summary(name, value):
    """As ours lie in memory: [inputs, outputs]."""
    if value.dim() == 2 and name not in ("places", "table"):
        value = value.T
    return {"length": value.double().norm().item(), "first": value.flatten()[:SAMPLE].tolist()}


torch.set_num_threads(1)
table = {
    "pytorch": torch.__version__.split("+")[0],
    "steps": {
        f"{make.__name__.replace('_', '-')}, {optimiser_of.__name__}": first_steps(make, optimiser_of)
        for make in (perceptron, two_tower, transformer)
        for optimiser_of in (sgd, adamw)
    },
}
rounded = json.loads(json.dumps(table), parse_float=lambda text: float(f"{float(text):.8g}"))
path = Path(__file__).parents[2] / "test/nn/pytorch-steps.json" if len(sys.argv) < 2 else Path(sys.argv[1])
path.write_text(json.dumps(rounded, indent=2) + "\n")
