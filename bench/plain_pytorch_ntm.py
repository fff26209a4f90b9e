"""The NTM of the paper's copy experiment as a careful user writes it in plain PyTorch, timed.

LSTM of 100, memory 128 x 20, one read and one write head, 20 vectors to copy (41 steps); forward and
backward of one batch. Batched throughout, gates and head parameters each from one matrix product, no
Python loop but that over time. Prints {"milliseconds": median, "torch": version}.
"""

import argparse
import json
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except (ImportError, OSError) as problem:
    sys.exit(f"torch cannot be imported: {problem}")


class Ntm(nn.Module):
    def __init__(self, features=9, outputs=8, hidden=100, slots=128, width=20):
        super().__init__()
        self.hidden, self.slots, self.width = hidden, slots, width
        self.controller = nn.LSTMCell(features + width, hidden)
        # A head: key, strength, gate, three shifts, sharpening. The write head also: erase, add.
        self.interface = nn.Linear(hidden, 2 * (width + 6) + 2 * width)
        self.output = nn.Linear(hidden + width, outputs)

    def address(self, parameters, weights, memory, norms):
        key, strength, gate, shift, sharpening = parameters.split([self.width, 1, 1, 3, 1], dim=-1)
        similarity = torch.einsum("bnw,bhw->bhn", memory, key)
        similarity = similarity / (torch.sqrt((key * key).sum(-1, keepdim=True) + 1e-6) * norms.unsqueeze(1))
        content = torch.softmax(F.softplus(strength) * similarity, dim=-1)
        gate = torch.sigmoid(gate)
        gated = gate * content + (1 - gate) * weights
        shift = torch.softmax(shift, dim=-1)
        shifted = (
            shift[..., 0:1] * gated.roll(-1, dims=-1)
            + shift[..., 1:2] * gated
            + shift[..., 2:3] * gated.roll(1, dims=-1)
        )
        power = (1 + F.softplus(sharpening)) * torch.log(shifted.clamp_min(1e-30))
        return torch.softmax(power, dim=-1)  # [batch, heads, slots]

    def forward(self, inputs):  # [time, batch, features]
        batch = inputs.shape[1]
        hidden = inputs.new_zeros(batch, self.hidden)
        cell = inputs.new_zeros(batch, self.hidden)
        read = inputs.new_zeros(batch, self.width)
        memory = inputs.new_full((batch, self.slots, self.width), 1e-6)
        weights = inputs.new_zeros(batch, 2, self.slots)
        weights[:, :, 0] = 1
        features = []
        for step in inputs:
            hidden, cell = self.controller(torch.cat([step, read], dim=-1), (hidden, cell))
            heads, write = self.interface(hidden).split([2 * (self.width + 6), 2 * self.width], dim=-1)
            erase, add = write.chunk(2, dim=-1)
            norms = torch.sqrt((memory * memory).sum(-1) + 1e-6)
            weights = self.address(heads.view(batch, 2, -1), weights, memory, norms)
            read = torch.einsum("bn,bnw->bw", weights[:, 0], memory)
            writing = weights[:, 1].unsqueeze(-1)  # [batch, slots, 1]
            memory = memory * (1 - writing * torch.sigmoid(erase).unsqueeze(1)) + writing * add.unsqueeze(1)
            features.append(torch.cat([hidden, read], dim=-1))
        return self.output(torch.stack(features))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    length, bits = 20, 8
    vectors = torch.randint(0, 2, (length, arguments.batch, bits)).float()
    inputs = torch.zeros(2 * length + 1, arguments.batch, bits + 1)
    inputs[:length, :, :bits] = vectors
    inputs[length, :, bits] = 1
    model = Ntm()

    def run():
        model.zero_grad()
        logits = model(inputs)[length + 1 :]
        loss = F.binary_cross_entropy_with_logits(logits, vectors, reduction="sum") / arguments.batch
        loss.backward()

    for _ in range(3):
        run()
    times = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({"milliseconds": statistics.median(times), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
