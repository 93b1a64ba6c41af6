"""TensorFlow Lite as a peer: runs what onnx2tf made of an ONNX file, on the processor."""

import os

import numpy as np

from peer import serve, signature

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    try:
        from tflite_runtime.interpreter import Interpreter
    except ImportError:
        import tensorflow

        Interpreter = tensorflow.lite.Interpreter


def in_order_of_onnx(floats, shape):
    """Channels last become channels first, where that gives the shape that ONNX has."""
    if list(floats.shape) == list(shape) or floats.ndim < 3:
        return floats
    return np.moveaxis(floats, -1, 1)


class TensorFlowLite:
    def hello(self):
        package = Interpreter.__module__.split(".")[0]
        version = getattr(__import__(package), "__version__", "of an unknown version")
        facts = {"version": version, "package": package}
        return {"name": f"TensorFlow Lite {version}", "facts": facts}

    def load(self, path, threads):
        inputs, self.shapes = signature(path)
        self.interpreter = Interpreter(
            model_path=os.path.join(path, "network_float32.tflite"), num_threads=threads
        )
        self.interpreter.allocate_tensors()
        # Names get prefixes and suffixes on the way; their order stays.
        inside, outside = (
            self.interpreter.get_input_details(),
            self.interpreter.get_output_details(),
        )
        self.inputs = {name: entry["index"] for name, entry in zip(inputs, inside)}
        self.outputs = {name: entry["index"] for name, entry in zip(self.shapes, outside)}
        return {"outputs": list(self.shapes)}

    def set_input(self, name, floats):
        self.interpreter.set_tensor(self.inputs[name], floats)

    def run(self):
        self.interpreter.invoke()

    def output(self, name):
        return in_order_of_onnx(self.interpreter.get_tensor(self.outputs[name]), self.shapes[name])


if __name__ == "__main__":
    serve(TensorFlowLite())
