"""Top neighbours of every item by the cosine of `implicit`: FOLDER ITEMS COLLECTIONS NEIGHBOURS REPEATS THREADS."""

import json
import sys
import time

import numpy
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import coo_matrix

folder = sys.argv[1]
items, collections, neighbours, repeats, threads = map(int, sys.argv[2:7])
item = numpy.fromfile(f"{folder}/item.u32", numpy.uint32)
collection = numpy.fromfile(f"{folder}/collection.u32", numpy.uint32)


def build():
    ones = numpy.ones(len(item))
    rows = coo_matrix((ones, (collection, item)), shape=(collections, items)).tocsr()
    rows.data[:] = 1
    return rows


def fit(rows):
    # The item itself is its own best neighbour there.
    model = CosineRecommender(K=neighbours + 1, num_threads=threads)
    model.fit(rows, show_progress=False)
    return model


def median_seconds(work):
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[repeats // 2]


rows = build()
similarity = fit(rows).similarity
total = float(similarity.sum() - similarity.diagonal().sum())
print(
    json.dumps(
        {
            "fit": median_seconds(lambda: fit(rows)),
            "all": median_seconds(lambda: fit(build())),
            "total": total,
        }
    )
)
