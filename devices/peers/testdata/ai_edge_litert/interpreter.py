"""A network whose output is its input times two, with channels last."""

import numpy as np


class Interpreter:
    def __init__(self, model_path, num_threads):
        assert num_threads == 2
        with open(model_path, encoding="utf-8") as file:
            assert file.read() == "network"
        self.tensors = {3: np.zeros(1, np.float32)}

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        return [{"name": "serving_default_x:0", "index": 3}]

    def get_output_details(self):
        return [{"name": "StatefulPartitionedCall:0", "index": 7}]

    def set_tensor(self, index, values):
        assert index == 3
        self.tensors[3] = values

    def invoke(self):
        self.tensors[7] = np.moveaxis(2 * self.tensors[3], 1, -1)

    def get_tensor(self, index):
        return self.tensors[index]
