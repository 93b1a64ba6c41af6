"""PyTorch as a peer: runs the program that was written out from an ONNX graph."""

import ctypes
import importlib.util
import os
import platform
import re

import torch

from peer import serve, signature

# TorchScript watches a first call and compiles in a second one.
CALLS_UNTIL_COMPILED = 3
# Largest difference, relative to the largest value, that a faster form of a network may make.
TOLERANCE = 1e-4


class PyTorch:
    def hello(self):
        facts = {
            "version": torch.__version__,
            "python": platform.python_version(),
            "instructions": from_config("CPU capability usage: "),
            "blas": blas(),
            "onednn": "yes" if torch.backends.mkldnn.is_available() else "no",
        }
        return {"name": f"PyTorch {torch.__version__}", "facts": facts}

    def load(self, path, threads):
        torch.set_num_threads(threads)
        limit_blas(threads)
        inputs, outputs = signature(path)
        torch.manual_seed(1)
        self.inputs = {name: torch.randn(shape) for name, shape in inputs.items()}
        self.names = list(outputs)
        self.network = load_network(path).eval()
        self.run()
        eager, self.outputs = self.outputs, ()
        scripted = torch.jit.script(self.network)
        for note, optimise in FORMS.items():
            with torch.no_grad():
                self.network = optimise(scripted)
            for _ in range(CALLS_UNTIL_COMPILED):
                self.run()
            if agree(self.outputs, eager):
                return {"outputs": self.names, "notes": [f"PyTorch ran it {note}"]}
        raise ValueError("PyTorch's compiled network gives other outputs than the network itself")

    def set_input(self, name, floats):
        if name not in self.inputs:
            raise KeyError(f"there is no input {name!r}")
        self.inputs[name] = torch.from_numpy(floats)

    @torch.inference_mode()
    def run(self):
        self.outputs = self.network(*self.inputs.values())

    def output(self, name):
        return self.outputs[self.names.index(name)].numpy()


# The fastest first. Layouts of oneDNN go wrong for some numbers of channels in some versions.
FORMS = {
    "in TorchScript, optimized for inference, in oneDNN's layouts": torch.jit.optimize_for_inference,
    "in TorchScript, frozen": torch.jit.freeze,
}


def agree(actual, expected):
    """Whether outputs differ by no more than rounding; infinities and NaNs where both have them."""
    return all(
        torch.allclose(a, e, rtol=0, atol=TOLERANCE * largest(e), equal_nan=True)
        for a, e in zip(actual, expected)
    )


def largest(values):
    finite = values[torch.isfinite(values)].abs()
    return float(finite.max()) if finite.numel() else 0.0


def from_config(label):
    found = re.search(re.escape(label) + r"([^\s,]+)", torch.__config__.show())
    return found.group(1) if found else "unavailable"


def blas():
    """The library that computes products; Debian's PyTorch takes the one that the system has."""
    built_with = from_config("BLAS_INFO=")
    return ", ".join(map(os.path.basename, BLAS)) if built_with == "generic" else built_with


def loaded_blas():
    """Paths of the BLAS libraries in this process."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        files = {line.split(maxsplit=5)[-1].strip() for line in maps if ".so" in line}
    return sorted(path for path in files if "blas" in os.path.basename(path))


def limit_blas(threads):
    """OpenBLAS may have threads of its own, of which PyTorch knows nothing."""
    for path in BLAS:
        set_threads = getattr(ctypes.CDLL(path), "openblas_set_num_threads", None)
        if set_threads:
            set_threads(threads)


def load_network(path):
    spec = importlib.util.spec_from_file_location("program", os.path.join(path, "program.py"))
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    weights = os.path.join(path, "weights.f32")
    count = os.path.getsize(weights) // 4
    floats = torch.from_file(weights, size=count, dtype=torch.float32) if count else torch.empty(0)
    return program.Network(floats)


BLAS = loaded_blas()

if __name__ == "__main__":
    torch.set_num_interop_threads(1)
    serve(PyTorch())
