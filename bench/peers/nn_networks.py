"""The networks of ../nn-networks.ts in PyTorch, with the same weights and batches from the same integer formula."""

import math

import numpy
import torch
from torch.nn import functional as F

TEMPERATURE = 0.125
TABLE_STREAM = 999


def hashed(stream, count):
    x = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32((stream * 0x9E3779B9) & 0xFFFFFFFF)
    x = (x ^ (x >> numpy.uint32(16))) * numpy.uint32(0x21F0AAAD)
    x = (x ^ (x >> numpy.uint32(15))) * numpy.uint32(0x735A2D97)
    return x ^ (x >> numpy.uint32(15))


def formula(stream, shape):
    """Numbers in [-1, 1), exact in float32."""
    values = (hashed(stream, math.prod(shape)) >> numpy.uint32(8)) / 2.0**23 - 1
    return values.reshape(shape)


def formula_below(stream, shape, bound):
    return (hashed(stream, math.prod(shape)) % numpy.uint32(bound)).astype(numpy.int64).reshape(shape)


def float32(values):
    return torch.from_numpy(numpy.asarray(values, numpy.float32))


class Parameters:
    """Parameters by name in the order of declaration; matrices are kept as PyTorch likes them, [outputs, inputs]."""

    def __init__(self):
        self.values = {}

    def _declare(self, name, shape, centre, scale):
        values = float32(centre + scale * formula(len(self.values), shape))
        if len(shape) == 2 and name != "places":
            values = values.T.contiguous()
        self.values[name] = values.requires_grad_()

    def linear(self, name, inputs, outputs, shift=True):
        self._declare(f"{name}/weights" if shift else name, (inputs, outputs), 0, 1 / math.sqrt(inputs))
        if shift:
            self._declare(f"{name}/shift", (outputs,), 0, 0.125)

    def norm(self, name, dim):
        self._declare(f"{name}/gain", (dim,), 1, 0.125)
        self._declare(f"{name}/shift", (dim,), 0, 0.125)

    def places(self, length, dim):
        self._declare("places", (length, dim), 0, 1 / math.sqrt(length))

    def apply(self, name, x):
        return F.linear(x, self.values[f"{name}/weights"], self.values[f"{name}/shift"])

    def apply_norm(self, name, x):
        gain = self.values[f"{name}/gain"]
        return F.layer_norm(x, gain.shape, gain, self.values[f"{name}/shift"])


class Perceptron:
    def __init__(self, inputs, hidden, outputs):
        self.parameters = Parameters()
        self.parameters.linear("in", inputs, hidden)
        self.parameters.linear("out", hidden, outputs)

    def output(self, batch):
        return self.parameters.apply("out", F.relu(self.parameters.apply("in", batch["x"])))

    def loss(self, batch):
        return F.mse_loss(self.output(batch), batch["y"])


class TwoTower:
    """`rows(name, batch)` gives the rows of a table; of a history their mean."""

    def __init__(self, dim, hidden, rows):
        self.rows = rows
        self.parameters = Parameters()
        for tower in ("user", "item"):
            self.parameters.linear(f"{tower}/in", dim, hidden)
            self.parameters.linear(f"{tower}/out", hidden, dim)

    def tower(self, name, x):
        hidden = F.relu(self.parameters.apply(f"{name}/in", x))
        return F.normalize(self.parameters.apply(f"{name}/out", hidden), dim=-1)

    def output(self, batch):
        return self.tower("user", self.rows("history", batch))

    def loss(self, batch):
        user = self.output(batch)
        scores = user @ self.tower("item", self.rows("item", batch)).T / TEMPERATURE
        return F.cross_entropy(scores, torch.arange(len(scores)))


class Transformer:
    def __init__(self, length, dim, heads, rows):
        self.rows = rows
        self.heads = heads
        self.parameters = Parameters()
        self.parameters.places(length, dim)
        for block in ("0", "1"):
            self.parameters.norm(f"{block}/before", dim)
            for part in ("query", "key", "value", "out"):
                self.parameters.linear(f"{block}/attention/{part}", dim, dim, shift=False)
            self.parameters.norm(f"{block}/between", dim)
            self.parameters.linear(f"{block}/wide", dim, 4 * dim)
            self.parameters.linear(f"{block}/narrow", 4 * dim, dim)
        self.parameters.norm("last", dim)

    def attention(self, name, x):
        count, length, dim = x.shape

        def split(part):
            wide = F.linear(x, self.parameters.values[f"{name}/{part}"])
            return wide.view(count, length, self.heads, dim // self.heads).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(split("query"), split("key"), split("value"), is_causal=True)
        joined = mixed.transpose(1, 2).reshape(count, length, dim)
        return F.linear(joined, self.parameters.values[f"{name}/out"])

    def output(self, batch):
        of = self.parameters
        x = self.rows("sequence", batch) + of.values["places"]
        for block in ("0", "1"):
            x = x + self.attention(f"{block}/attention", of.apply_norm(f"{block}/before", x))
            wide = F.gelu(of.apply(f"{block}/wide", of.apply_norm(f"{block}/between", x)))
            x = x + of.apply(f"{block}/narrow", wide)
        return of.apply_norm("last", x)

    def loss(self, batch):
        output = self.output(batch)
        positive = (output * self.rows("positive", batch)).sum(-1)
        negative = (output * self.rows("negative", batch)).sum(-1)
        return (F.softplus(-positive) + F.softplus(negative)).mean()


def table_of(rows, dim):
    return float32(formula(TABLE_STREAM, (rows, dim)) / math.sqrt(dim))
