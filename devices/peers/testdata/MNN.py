"""Stands for the Python package of MNN: a network whose output is its input times two."""

import numpy as np

Halide_Type_Float = "float"
Tensor_DimensionType_Caffe = "caffe"


def version():
    return "1.0"


class Tensor:
    def __init__(self, shape, kind, values, order):
        assert (kind, order) == (Halide_Type_Float, Tensor_DimensionType_Caffe)
        assert values.dtype == np.float32 and values.shape == tuple(shape)
        self.values = values

    def copyFrom(self, other):
        self.values = other.values.copy()

    def copyToHostTensor(self, other):
        other.values = self.values

    def getData(self):
        return tuple(self.values.flatten())


class Interpreter:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.known = file.read() == "network"
        self.tensors = {}

    def createSession(self, config):
        assert config == {"backend": "CPU", "numThread": 2, "precision": "high"}
        return "session" if self.known else None

    def tensor(self, name):
        if name not in self.tensors:
            self.tensors[name] = Tensor((1,), "float", np.zeros(1, np.float32), "caffe")
        return self.tensors[name]

    def getSessionInput(self, session, name):
        return self.tensor(name)

    def getSessionOutput(self, session, name):
        return self.tensor(name)

    def runSession(self, session):
        self.tensor("y").values = 2 * self.tensor("x").values
        return 0
