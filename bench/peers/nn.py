"""One network of ../nn.bench.ts in PyTorch: CASE WINDOWS THREADS, CASE as JSON.

The dense part learns by AdamW (fused), the table by sparse gradients and Adagrad. Times are those of the fastest window.
"""

import json
import resource
import sys
import time

import torch
from nn_networks import Perceptron, Transformer, TwoTower, float32, formula, formula_below, table_of
from torch.nn import functional as F

WINDOW_SECONDS = 0.1
BATCHES = 4

given = json.loads(sys.argv[1])
windows, threads = map(int, sys.argv[2:4])
torch.set_num_threads(threads)
kind, size = given["kind"], given["batch"]
table = None


def rows(name, batch):
    if name == "history":
        return F.embedding_bag(batch[name], table, mode="mean", sparse=True)
    return F.embedding(batch[name], table, sparse=True)


def ids(stream, shape):
    return torch.from_numpy(formula_below(stream, shape, given["rows"]))


if kind == "perceptron":
    network = Perceptron(given["inputs"], given["hidden"], given["outputs"])

    def batch_of(stream):
        x = float32(formula(stream, (size, given["inputs"])))
        return {"x": x, "y": float32(formula(stream + 1, (size, given["outputs"])))}
else:
    table = table_of(given["rows"], given["dim"]).requires_grad_()
    history = (size, given["length"])
    if kind == "two-tower":
        network = TwoTower(given["dim"], given["hidden"], rows)

        def batch_of(stream):
            return {"history": ids(stream, history), "item": ids(stream + 1, (size,))}
    else:
        network = Transformer(given["length"], given["dim"], given["heads"], rows)

        def batch_of(stream):
            names = ("sequence", "positive", "negative")
            return {name: ids(stream + k, history) for k, name in enumerate(names)}


batches = [batch_of(1000 + 10 * k) for k in range(BATCHES)]
optimisers = [torch.optim.AdamW(network.parameters.values.values(), lr=1e-4, weight_decay=0.01, fused=True)]
if table is not None:
    optimisers.append(torch.optim.Adagrad([table], lr=1e-4))
turn = 0


def next_batch():
    global turn
    turn += 1
    return batches[turn % BATCHES]


def step():
    for optimiser in optimisers:
        optimiser.zero_grad()
    loss = network.loss(next_batch())
    loss.backward()
    for optimiser in optimisers:
        optimiser.step()
    return loss.item()


def serve():
    with torch.inference_mode():
        return network.output(next_batch())


def best_seconds(work):
    for _ in range(3):
        work()
    found = []
    for _ in range(windows):
        start = time.perf_counter()
        calls, seconds = 0, 0
        while seconds < WINDOW_SECONDS:
            work()
            calls += 1
            seconds = time.perf_counter() - start
        found.append(seconds / calls)
    return min(found)


measured = {"step": best_seconds(step), "serve": best_seconds(serve)}
measured["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(measured))
