"""ncnn as a peer: runs what pnnx made of an ONNX file, in float32 on the processor."""

import os

import ncnn
import numpy as np

from peer import UnsupportedModel, serve, signature


class Ncnn:
    def hello(self):
        version = getattr(ncnn, "__version__", "of an unknown version")
        return {"name": f"ncnn {version}", "facts": {"version": version, "precision": "float32"}}

    def load(self, path, threads):
        inputs, self.shapes = signature(path)
        if any(shape[0] != 1 for shape in [*inputs.values(), *self.shapes.values()]):
            raise UnsupportedModel("ncnn cannot run the model: it has no batch axis, other than 1")
        self.net = ncnn.Net()
        self.net.opt.num_threads = threads
        self.net.opt.use_vulkan_compute = False
        for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(self.net.opt, f"use_{option}", False)
        if self.net.load_param(os.path.join(path, "network.ncnn.param")) != 0:
            raise UnsupportedModel("ncnn cannot run the model: it has a layer that ncnn has not")
        if self.net.load_model(os.path.join(path, "network.ncnn.bin")) != 0:
            raise ValueError("ncnn cannot read the weights")
        # pnnx calls inputs and outputs by their places.
        self.inputs = {name: f"in{i}" for i, name in enumerate(inputs)}
        self.outputs = {name: f"out{i}" for i, name in enumerate(self.shapes)}
        self.fed = {
            name: ncnn.Mat(np.zeros(shape[1:], np.float32)).clone()
            for name, shape in inputs.items()
        }
        return {"outputs": list(self.shapes)}

    def set_input(self, name, floats):
        self.fed[name] = ncnn.Mat(floats[0]).clone()

    def run(self):
        extractor = self.net.create_extractor()
        for name, blob in self.inputs.items():
            extractor.input(blob, self.fed[name])
        self.found = {}
        for name, blob in self.outputs.items():
            code, self.found[name] = extractor.extract(blob)
            if code != 0:
                raise ValueError(f"ncnn ended with code {code} at output {name!r}")

    def output(self, name):
        return np.array(self.found[name]).reshape(self.shapes[name])


if __name__ == "__main__":
    serve(Ncnn())
