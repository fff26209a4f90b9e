"""The RNN of the parity experiment of ACT (Graves 2016) as a careful user writes it in plain PyTorch, timed.

128 tanh units, 64 numbers, one step; forward and backward of one batch. The whole batch takes inner steps until
the last sequence has halted. Prints {"milliseconds": median, "ponder_steps": mean, "torch": version}.
"""

import argparse
import json
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except (ImportError, OSError) as problem:
    sys.exit(f"torch cannot be imported: {problem}")


class Act(nn.Module):
    def __init__(self, features=64, outputs=1, hidden=128, max_steps=20, epsilon=0.01, gain=12):
        super().__init__()
        self.max_steps, self.epsilon = max_steps, epsilon
        self.cell = nn.RNNCell(features + 1, hidden)
        self.halting = nn.Linear(hidden, 1)
        self.output = nn.Linear(hidden, outputs)
        with torch.no_grad():
            self.halting.weight.mul_(gain)
            self.halting.bias.fill_(4)

    def forward(self, inputs):  # [batch, features]
        batch = inputs.shape[0]
        first = torch.cat([inputs, inputs.new_ones(batch, 1)], 1)
        later = torch.cat([inputs, inputs.new_zeros(batch, 1)], 1)
        hidden = inputs.new_zeros(batch, self.cell.hidden_size)
        spent = inputs.new_zeros(batch)
        running = inputs.new_ones(batch)
        mean = torch.zeros_like(hidden)
        steps = inputs.new_zeros(batch)
        remainder = inputs.new_zeros(batch)
        for n in range(self.max_steps):
            hidden = self.cell(first if n == 0 else later, hidden)
            halting = torch.sigmoid(self.halting(hidden)).squeeze(1)
            goes_on = running * (spent + halting < 1 - self.epsilon) if n + 1 < self.max_steps else running * 0
            stops = running - goes_on
            weight = goes_on * halting + stops * (1 - spent)
            remainder = remainder + stops * (1 - spent)
            steps = steps + running
            spent = spent + goes_on * halting
            mean = mean + weight.unsqueeze(1) * hidden
            running = goes_on
            if not running.any():
                break
        return self.output(mean), steps + remainder, steps


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    inputs = torch.randint(-1, 2, (arguments.batch, 64)).float()
    weights = torch.randn(arguments.batch, 1)
    model = Act()
    steps = None

    def run():
        nonlocal steps
        model.zero_grad()
        logits, ponder, steps = model(inputs)
        ((logits * weights).sum() + 1e-3 * ponder.mean()).backward()

    for _ in range(3):
        run()
    times = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    figures = {"milliseconds": statistics.median(times), "ponder_steps": steps.mean().item()}
    print(json.dumps({**figures, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
