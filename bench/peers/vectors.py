"""Exhaustive search by faiss and usearch: seconds a batch, and the rows that were found.

vectors.py VECTORS QUERIES DIM K REPEATS QUANTISED THREADS

VECTORS and QUERIES are files of float32, row-major; QUANTISED is 1 where compressed indexes are measured too. Prints
JSON: for each index seconds for one query, for all queries, and recall@K against the flat index.
"""

import json
import sys
import time

import faiss
import numpy as np
from usearch.index import MetricKind, search

vectors_file, queries_file, dim, k, repeats, quantised, threads = sys.argv[1:8]
dim, k, repeats, threads = int(dim), int(k), int(repeats), int(threads)
faiss.omp_set_num_threads(threads)
vectors = np.fromfile(vectors_file, dtype=np.float32).reshape(-1, dim)
queries = np.fromfile(queries_file, dtype=np.float32).reshape(-1, dim)


def median_seconds(work):
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[repeats // 2]


def recall(found, truth):
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, truth)]))


def measured(run, truth):
    found = run(queries)
    return {
        "one": median_seconds(lambda: run(queries[:1])),
        "batch": median_seconds(lambda: run(queries)),
        "recall": 1.0 if truth is None else recall(found, truth),
    }, found


def of_index(index):
    return lambda batch: index.search(batch, k)[1]


results = {}
flat = faiss.IndexFlatIP(dim)
flat.add(vectors)
results["faiss flat"], truth = measured(of_index(flat), None)
del flat

scalar = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
scalar.train(vectors[:100_000])
scalar.add(vectors)
results["faiss 8-bit"], _ = measured(of_index(scalar), truth)
del scalar

if quantised == "1":
    # Half a byte for every two dimensions: what fast-scan is made for, at its own recall.
    fast = faiss.IndexPQFastScan(dim, dim // 2, 4, faiss.METRIC_INNER_PRODUCT)
    fast.train(vectors[:50_000])
    fast.add(vectors)
    results["faiss fast-scan"], _ = measured(of_index(fast), truth)
    del fast

    scale = 127 / np.abs(vectors).max()
    whole = np.round(vectors * scale).astype(np.int8)
    whole_queries = np.round(queries * (127 / np.abs(queries).max(axis=1, keepdims=True))).astype(np.int8)

    def usearch_exact(batch):
        rows = whole_queries[: len(batch)]
        found = search(whole, rows, k, MetricKind.IP, exact=True, threads=threads)
        return np.atleast_2d(found.keys)

    results["usearch exact, int8"], _ = measured(usearch_exact, truth)

print(json.dumps(results))
