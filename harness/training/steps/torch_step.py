"""One training step of a network in PyTorch, as a peer that takes turns with ours.

Reads the network as one line of JSON, then answers each further line with the milliseconds of a
step: forward in training mode, cross-entropy, backward, SGD with momentum.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

spec = json.loads(sys.stdin.readline())
torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
weights = {
    name: torch.randn(shape).mul_(0.05).requires_grad_(name in spec["learnt"])
    for name, shape in spec["weights"].items()
}
for name in spec["positive"]:
    weights[name].data.fill_(1.0)
optimiser = torch.optim.SGD(
    [weights[name] for name in spec["learnt"]], lr=1e-4, momentum=0.9, weight_decay=5e-4
)
x = torch.randn(spec["input"]["shape"])
labels = torch.randint(0, spec["classes"], (spec["input"]["shape"][0],))


def pads(attributes):
    """Pads that are the same on both sides, which is all that the benchmarked networks have."""
    half = len(attributes["pads"]) // 2
    begins, ends = attributes["pads"][:half], attributes["pads"][half:]
    if begins != ends:
        raise ValueError(f"pads differ between sides: {attributes['pads']}")
    return begins


def run(node, v):
    a, op = node["attributes"], node["op"]
    if op == "Conv":
        conv = F.conv3d if len(a["kernel_shape"]) == 3 else F.conv2d
        bias = v[2] if len(v) > 2 else None
        return conv(v[0], v[1], bias, a["strides"], pads(a), a["dilations"], a["group"])
    if op == "BatchNormalization":
        return F.batch_norm(v[0], v[3], v[4], v[1], v[2], training=True, eps=a["epsilon"])
    if op == "MaxPool":
        pool = F.max_pool3d if len(a["kernel_shape"]) == 3 else F.max_pool2d
        return pool(v[0], a["kernel_shape"], a["strides"], pads(a))
    if op == "GlobalAveragePool":
        return v[0].mean(dim=tuple(range(2, v[0].dim())), keepdim=True)
    if op == "Gemm":
        return F.linear(v[0], v[1], v[2] if len(v) > 2 else None)
    if op == "Relu":
        return F.relu(v[0])
    if op == "Add":
        return v[0] + v[1]
    if op == "Flatten":
        return v[0].flatten(1)
    if op == "Dropout":
        return F.dropout(v[0], a["ratio"])
    raise ValueError(f"operator {op} is not among those of the benchmarked networks")


def step():
    values = {**weights, spec["input"]["name"]: x}
    for node in spec["nodes"]:
        values[node["output"]] = run(node, [values[name] for name in node["inputs"]])
    loss = F.cross_entropy(values[spec["output"]], labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    print(json.dumps({"milliseconds": 1e3 * (time.perf_counter() - start)}), flush=True)
