"""LightGBM on the tables of the trees' benchmark: TASK FOLDER [arguments of the task] THREADS."""

import ctypes
import json
import struct
import sys
import time

import lightgbm
import numpy

TYPES = {"float32": "<f4", "float64": "<f8", "uint32": "<u4", "uint8": "u1"}


def read_table(file):
    """Array files of Labrador: magic, length of the header, header as JSON, arrays at multiples of 64."""
    data = open(file, "rb").read()
    (length,) = struct.unpack_from("<I", data, 8)
    header = json.loads(data[12 : 12 + length])
    base = (12 + length + 63) // 64 * 64
    arrays = {
        entry["name"]: numpy.frombuffer(data, TYPES[entry["type"]], entry["length"], base + entry["offset"])
        for entry in header["arrays"]
    }
    names = header["meta"]["names"]
    return names, arrays["values"].reshape(-1, len(names)), arrays


def dataset(table, params, categorical):
    names, values, arrays = table
    made = lightgbm.Dataset(
        values,
        arrays["labels"],
        weight=arrays.get("weights"),
        group=numpy.diff(arrays["offsets"]) if params["objective"] == "lambdarank" else None,
        # Names may hold characters that LightGBM refuses.
        categorical_feature=[names.index(name) for name in categorical],
        params=params,
    )
    return made.construct()


def median(seconds):
    return sorted(seconds)[len(seconds) // 2]


def train(folder, params, iterations, repeats):
    """Seconds from the table to the model, and of the boosting alone."""
    table = read_table(f"{folder}/train.table")
    total, boosting = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        data = dataset(table, params, [])
        between = time.perf_counter()
        lightgbm.train(params, data, iterations)
        total.append(time.perf_counter() - start)
        boosting.append(time.perf_counter() - between)
    return {"total": median(total), "boosting": median(boosting)}


def quality(folder, params, iterations, categorical):
    """Writes the scores of the test table."""
    model = lightgbm.train(params, dataset(read_table(f"{folder}/train.table"), params, categorical), iterations)
    _, values, _ = read_table(f"{folder}/test.table")
    model.predict(values, raw_score=True).astype("<f8").tofile(f"{folder}/scores.f64")
    return {"trees": model.num_trees()}


def score(folder, repeats):
    """Milliseconds for all rows in one call, and one row after the other; writes the scores."""
    model = lightgbm.Booster(model_file=f"{folder}/model.txt")
    _, values, _ = read_table(f"{folder}/test.table")
    values = numpy.ascontiguousarray(values)
    rows, width = values.shape
    out = numpy.empty(rows)
    length = ctypes.c_int64()
    library = lightgbm.basic._LIB
    raw = ctypes.c_int(1)
    parameters = b"num_threads=1 predict_disable_shape_check=true"
    doubles = numpy.ascontiguousarray(values, dtype=numpy.float64)

    def whole(array, kind):
        # The C interface itself: nothing of Python is timed but the call.
        library.LGBM_BoosterPredictForMat(
            model._handle,
            array.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(kind),
            ctypes.c_int32(rows),
            ctypes.c_int32(width),
            ctypes.c_int(1),
            raw,
            ctypes.c_int(0),
            ctypes.c_int(-1),
            parameters,
            ctypes.byref(length),
            out.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )

    fast = ctypes.c_void_p()
    library.LGBM_BoosterPredictForMatSingleRowFastInit(
        model._handle, raw, ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(1), ctypes.c_int32(width), parameters,
        ctypes.byref(fast),
    )
    starts = [doubles[row].ctypes.data_as(ctypes.c_void_p) for row in range(rows)]
    target = out.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    single = library.LGBM_BoosterPredictForMatSingleRowFast

    def rowwise():
        for start in starts:
            single(fast, start, ctypes.byref(length), target)

    def timed(work):
        work()
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        return 1000 * median(seconds)

    result = {
        "rowwise": timed(rowwise),
        "float32": timed(lambda: whole(values, 0)),
        "float64": timed(lambda: whole(doubles, 1)),
    }
    out.astype("<f8").tofile(f"{folder}/scores.f64")
    return result


task, folder = sys.argv[1:3]
threads = int(sys.argv[-1])
common = {"num_threads": threads, "verbosity": -1}
if task == "train":
    iterations, repeats = map(int, sys.argv[3:5])
    result = train(folder, {"objective": "binary", **common}, iterations, repeats)
elif task == "quality":
    params = json.loads(sys.argv[4])
    categorical = params.pop("categorical_feature", [])
    result = quality(folder, {**params, **common}, int(sys.argv[3]), categorical)
else:
    result = score(folder, int(sys.argv[3]))
print(json.dumps(result))
