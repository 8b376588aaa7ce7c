"""HNSW by hnswlib: seconds to build, to answer one query at given recalls, and to change a vector.

hnsw.py VECTORS QUERIES CHANGED DIM K EXPANSIONS RECALLS THREADS

VECTORS, QUERIES and CHANGED are files of float32, row-major; EXPANSIONS and RECALLS are lists with commas. Prints JSON:
`build`, `update`, and `one`, a list beside RECALLS with null where no expansion reaches it.
"""

import json
import sys
import time

import hnswlib
import numpy as np

vectors_file, queries_file, changed_file, dim, k, expansions, recalls, threads = sys.argv[1:9]
dim, k, threads = int(dim), int(k), int(threads)
vectors, queries, changed = (
    np.fromfile(file, dtype=np.float32).reshape(-1, dim) for file in (vectors_file, queries_file, changed_file)
)
truth = np.argpartition(-(queries @ vectors.T), k, axis=1)[:, :k]

index = hnswlib.Index(space="ip", dim=dim)
index.init_index(max_elements=len(vectors), M=16, ef_construction=128, random_seed=1)
start = time.perf_counter()
index.add_items(vectors, num_threads=threads)
build = time.perf_counter() - start

index.set_num_threads(1)
wanted = [float(recall) for recall in recalls.split(",")]
one = [None] * len(wanted)
for expansion in map(int, expansions.split(",")):
    index.set_ef(max(k, expansion))
    found = index.knn_query(queries, k=k)[0]
    recall = np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(found, truth)])
    for n, least in enumerate(wanted):
        if recall >= least and one[n] is None:
            seconds = []
            for query in queries[:101]:
                start = time.perf_counter()
                index.knn_query(query, k=k)
                seconds.append(time.perf_counter() - start)
            one[n] = sorted(seconds)[len(seconds) // 2]
    if all(seconds is not None for seconds in one):
        break

start = time.perf_counter()
for n, vector in enumerate(changed):
    # An item that is there already is moved within the graph.
    index.add_items(vector[None], [(n * 7919) % len(vectors)], num_threads=1)
print(json.dumps({"build": build, "one": one, "update": (time.perf_counter() - start) / len(changed)}))
