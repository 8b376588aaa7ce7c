"""Top items by `implicit` ALS and by EASE in numpy: FOLDER USERS ITEMS DEPTH [als FACTORS|ease] THREADS.

Reads user.u32 and item.u32 (training pairs), query.u32 and query-offsets.u32 (what each case is asked with) and
eligible.u8; writes top.u32, cases x DEPTH, without the items asked with and those that are not eligible.
"""

import json
import sys
import time

import numpy
from scipy.sparse import csr_matrix

folder, users, items, depth, model = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
threads = int(sys.argv[-1])
read = lambda name, kind: numpy.fromfile(f"{folder}/{name}", kind)
user, item = read("user.u32", numpy.uint32), read("item.u32", numpy.uint32)
offsets, query = read("query-offsets.u32", numpy.uint32), read("query.u32", numpy.uint32)
eligible = read("eligible.u8", numpy.uint8)
rows = csr_matrix((numpy.ones(len(user), numpy.float32), (user, item)), shape=(users, items))
rows.data[:] = 1
asked = csr_matrix((numpy.ones(len(query), numpy.float32), query, offsets), shape=(len(offsets) - 1, items))

start = time.perf_counter()
if model == "als":
    from implicit.als import AlternatingLeastSquares

    als = AlternatingLeastSquares(
        factors=int(sys.argv[6]),
        regularization=0.05,
        alpha=10.0,
        iterations=20,
        num_threads=threads,
        random_state=1,
    )
    als.fit(rows, show_progress=False)
    seconds = time.perf_counter() - start
    vectors = als.recalculate_user(numpy.arange(asked.shape[0]), asked)
    score = lambda a, b: vectors[a:b] @ als.item_factors.T
else:
    gram = (rows.T @ rows).toarray().astype(numpy.float64)
    gram[numpy.diag_indices(items)] += 300.0
    inverse = numpy.linalg.inv(gram)
    weights = (inverse / -numpy.diag(inverse)).astype(numpy.float32)
    numpy.fill_diagonal(weights, 0)
    seconds = time.perf_counter() - start
    score = lambda a, b: asked[a:b] @ weights

top = numpy.zeros((asked.shape[0], depth), numpy.uint32)
for a in range(0, asked.shape[0], 512):
    b = min(asked.shape[0], a + 512)
    scores = numpy.asarray(score(a, b), numpy.float32)
    scores[:, eligible == 0] = -numpy.inf
    for row in range(a, b):
        scores[row - a, query[offsets[row] : offsets[row + 1]]] = -numpy.inf
    top[a:b] = numpy.argsort(-scores, axis=1, kind="stable")[:, :depth]
top.tofile(f"{folder}/top.u32")
print(json.dumps({"seconds": seconds}))
