"""Exhaustive search by faiss, one query each time that a line names an index: answers with its seconds.

vectors-turns.py VECTORS QUERIES DIM K THREADS

VECTORS and QUERIES are files of float32, row-major. Lines: "faiss flat" or "faiss 8-bit".
"""

import sys
import time

import faiss
import numpy as np

vectors_file, queries_file, dim, k, threads = sys.argv[1:6]
dim, k = int(dim), int(k)
faiss.omp_set_num_threads(int(threads))
vectors = np.fromfile(vectors_file, dtype=np.float32).reshape(-1, dim)
query = np.fromfile(queries_file, dtype=np.float32).reshape(-1, dim)[:1]

flat = faiss.IndexFlatIP(dim)
flat.add(vectors)
scalar = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
scalar.train(vectors[:100_000])
scalar.add(vectors)
del vectors
indexes = {"faiss flat": flat, "faiss 8-bit": scalar}

for line in sys.stdin:
    index = indexes[line.strip()]
    start = time.perf_counter()
    index.search(query, k)
    print(time.perf_counter() - start, flush=True)
