"""The child's side of the protocol: reads requests, answers each with one line of JSON."""

import json
import os
import signal
import sys
import time

import numpy as np

PROTOCOL = 1


class UnsupportedModel(Exception):
    """A model that the engine cannot run."""


def signature(folder):
    """Inputs and outputs of the model, as {name: shape} in order."""
    with open(os.path.join(folder, "signature.json"), encoding="utf-8") as file:
        read = json.load(file)
    return [{v["name"]: v["shape"] for v in read[side]} for side in ("inputs", "outputs")]


def answer(engine, request):
    verb = request["do"]
    if verb == "hello":
        if request["protocol"] != PROTOCOL:
            raise ValueError(f"protocol must be {PROTOCOL}: current value is {request['protocol']}")
        return engine.hello()
    if verb == "load":
        return engine.load(request["path"], request["threads"])
    if verb == "setInput":
        floats = np.fromfile(request["path"], "<f4").reshape(request["shape"])
        engine.set_input(request["name"], floats)
        return {}
    if verb == "run":
        engine.run()
        return {}
    if verb == "measure":
        times = []
        for _ in range(request["n"]):
            begin = time.perf_counter_ns()
            engine.run()
            times.append(time.perf_counter_ns() - begin)
        return {"ns": times}
    if verb == "output":
        floats = np.ascontiguousarray(engine.output(request["name"]), "<f4")
        floats.tofile(request["path"])
        return {"shape": list(floats.shape)}
    if verb == "quit":
        return {}
    raise ValueError(f"there is no request {verb!r}")


def serve(engine):
    """Answers requests until the last one, or until the other side is gone.

    An engine has hello() -> {"name", "facts"}, load(path, threads) -> {"outputs"}, set_input(name,
    floats), run() and output(name) -> floats.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    for line in sys.stdin:
        request = json.loads(line)
        try:
            said = {"ok": True, **answer(engine, request)}
        except Exception as error:  # whatever goes wrong is told, and the next request read
            said = {"error": f"{type(error).__name__}: {error}"}
            if isinstance(error, UnsupportedModel):
                said = {"error": str(error), "unsupported": True}
        print(json.dumps(said), file=answers, flush=True)
        if request["do"] == "quit":
            return
