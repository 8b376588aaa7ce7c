"""Skip-gram of gensim over a file of sentences.

FOLDER DIM WINDOW NEGATIVES SUBSAMPLING RATE EPOCHS REPEATS THREADS; vectors go to FOLDER/vectors.f32, a row for each
of the words "0", "1", ….
"""

import json
import sys
import time

import numpy
from gensim.models import Word2Vec

folder = sys.argv[1]
dim, window, negatives = map(int, sys.argv[2:5])
subsampling, rate = map(float, sys.argv[5:7])
epochs, repeats, threads = map(int, sys.argv[7:10])
sentences = f"{folder}/sentences.txt"


def untrained():
    model = Word2Vec(
        vector_size=dim,
        window=window,
        negative=negatives,
        sample=subsampling,
        alpha=rate,
        min_alpha=rate / 1000,
        epochs=epochs,
        workers=threads,
        sg=1,
        hs=0,
        min_count=1,
        seed=1,
    )
    model.build_vocab(corpus_file=sentences)
    return model


def train():
    """Only the training is timed, not the counting of words before it."""
    model = untrained()
    start = time.perf_counter()
    model.train(
        corpus_file=sentences,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=epochs,
    )
    return time.perf_counter() - start, model


train()
seconds = []
for _ in range(repeats):
    second, model = train()
    seconds.append(second)

vectors = numpy.zeros((1 + max(int(word) for word in model.wv.index_to_key), dim), numpy.float32)
for row, word in enumerate(model.wv.index_to_key):
    vectors[int(word)] = model.wv.vectors[row]
vectors.tofile(f"{folder}/vectors.f32")
print(json.dumps({"seconds": sorted(seconds)[repeats // 2], "words": model.corpus_total_words}))
