"""Runs an ONNX file in plain ONNX Runtime: FOLDER THREADS.

Reads FOLDER/model.onnx and, for each of its inputs, FOLDER/NAME.f32; writes FOLDER/output.f32.
"""

import json
import sys

import numpy
import onnxruntime

folder, threads = sys.argv[1], int(sys.argv[2])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])


def values_of(given):
    sizes = [size if isinstance(size, int) else -1 for size in given.shape]
    return numpy.fromfile(f"{folder}/{given.name}.f32", numpy.float32).reshape(sizes)


(output,) = session.run(None, {given.name: values_of(given) for given in session.get_inputs()})
output.tofile(f"{folder}/output.f32")
print(json.dumps({"version": onnxruntime.__version__, "shape": output.shape}))
