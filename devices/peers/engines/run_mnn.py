"""MNN as a peer: runs what its converter made of an ONNX file, in float32 on the processor."""

import os

import MNN
import numpy as np

from peer import UnsupportedModel, serve, signature


def tensor(shape, floats):
    """A tensor in the order of axes that ONNX has."""
    kind, order = MNN.Halide_Type_Float, MNN.Tensor_DimensionType_Caffe
    return MNN.Tensor(tuple(shape), kind, np.ascontiguousarray(floats, np.float32), order)


class Mnn:
    def hello(self):
        version = MNN.version() if hasattr(MNN, "version") else "of an unknown version"
        return {"name": f"MNN {version}", "facts": {"version": version, "precision": "high"}}

    def load(self, path, threads):
        inputs, self.shapes = signature(path)
        self.interpreter = MNN.Interpreter(os.path.join(path, "network.mnn"))
        self.session = self.interpreter.createSession(
            {"backend": "CPU", "numThread": threads, "precision": "high"}
        )
        if self.session is None:
            raise UnsupportedModel("MNN cannot run the model: it made no session of it")
        for name, shape in inputs.items():
            self.set_input(name, np.zeros(shape, np.float32))
        return {"outputs": list(self.shapes)}

    def set_input(self, name, floats):
        target = self.interpreter.getSessionInput(self.session, name)
        target.copyFrom(tensor(floats.shape, floats))

    def run(self):
        code = self.interpreter.runSession(self.session)
        if code != 0:
            raise ValueError(f"MNN ended with code {code}")

    def output(self, name):
        shape = self.shapes[name]
        copy = tensor(shape, np.zeros(shape))
        self.interpreter.getSessionOutput(self.session, name).copyToHostTensor(copy)
        return np.array(copy.getData(), np.float32).reshape(shape)


if __name__ == "__main__":
    serve(Mnn())
