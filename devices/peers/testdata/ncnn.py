"""Stands for the Python binding of ncnn: a network whose output is its input times two."""

import numpy as np

__version__ = "1.0"


class Mat:
    def __init__(self, array):
        assert array.dtype == np.float32
        self.array = array

    def clone(self):
        return Mat(self.array.copy())

    def __array__(self, dtype=None, copy=None):
        return self.array


class Option:
    num_threads = 0
    use_vulkan_compute = use_fp16_packed = use_fp16_storage = True
    use_fp16_arithmetic = use_bf16_storage = True


class Extractor:
    def input(self, name, mat):
        assert name == "in0"
        self.mat = mat

    def extract(self, name):
        return (0, Mat(2 * self.mat.array)) if name == "out0" else (-1, None)


class Net:
    def __init__(self):
        self.opt = Option()

    def load_param(self, path):
        with open(path, encoding="utf-8") as file:
            return 0 if file.read() == "param" else -1

    def load_model(self, path):
        return 0

    def create_extractor(self):
        options = dict(vars(self.opt))
        assert options.pop("num_threads") == 2
        assert len(options) == 5 and not any(options.values())
        return Extractor()
