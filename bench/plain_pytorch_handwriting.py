"""The handwriting synthesis net of Graves 2013 as a careful user writes it in plain PyTorch, timed.

Three LSTM layers of 400, a window of 10 Gaussians over 40 characters, 20 mixtures, 256 points; forward and backward
of one batch. Only the first layer, which the window needs step by step, is a Python loop; the others are whole
LSTMs. Prints {"milliseconds": median, "torch": version}.
"""

import argparse
import json
import math
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except (ImportError, OSError) as problem:
    sys.exit(f"torch cannot be imported: {problem}")


class Synthesis(nn.Module):
    def __init__(self, tokens=73, hidden=400, gaussians=10, mixtures=20):
        super().__init__()
        self.hidden, self.gaussians, self.tokens, self.mixtures = hidden, gaussians, tokens, mixtures
        self.first = nn.LSTMCell(3 + tokens, hidden)
        self.window = nn.Linear(hidden, 3 * gaussians)
        self.second = nn.LSTM(3 + tokens + hidden, hidden)
        self.third = nn.LSTM(3 + tokens + hidden, hidden)
        self.output = nn.Linear(3 * hidden, 1 + 6 * mixtures)

    def forward(self, pen, text):  # [time, batch, 3], [batch, characters, tokens]
        batch = pen.shape[1]
        hidden = cell = pen.new_zeros(batch, self.hidden)
        shown = pen.new_zeros(batch, self.tokens)
        position = pen.new_zeros(batch, self.gaussians)
        places = torch.arange(1, text.shape[1] + 1, dtype=pen.dtype)
        firsts, windows = [], []
        for step in pen:
            hidden, cell = self.first(torch.cat([step, shown], dim=1), (hidden, cell))
            height, width, advance = self.window(hidden).exp().chunk(3, dim=1)
            position = position + advance
            bumps = height.unsqueeze(2) * torch.exp(-width.unsqueeze(2) * (position.unsqueeze(2) - places) ** 2)
            shown = torch.bmm(bumps.sum(1, keepdim=True), text).squeeze(1)
            firsts.append(hidden)
            windows.append(shown)
        first, window = torch.stack(firsts), torch.stack(windows)
        second, _ = self.second(torch.cat([pen, window, first], dim=2))
        third, _ = self.third(torch.cat([pen, window, second], dim=2))
        return self.output(torch.cat([first, second, third], dim=2))

    def nats(self, raw, points):
        end = raw[..., 0]
        weight, x, y, log_x, log_y, turn = raw[..., 1:].chunk(6, dim=-1)
        zx = (points[..., 0:1] - x) * torch.exp(-log_x)
        zy = (points[..., 1:2] - y) * torch.exp(-log_y)
        rho = torch.tanh(turn)
        rest = 1 - rho * rho + 1e-6
        log = -(zx * zx + zy * zy - 2 * rho * zx * zy) / (2 * rest) - log_x - log_y - 0.5 * torch.log(rest)
        density = torch.logsumexp(F.log_softmax(weight, dim=-1) + log, dim=-1) - math.log(2 * math.pi)
        return (F.binary_cross_entropy_with_logits(-end, points[..., 2], reduction="none") - density).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    pen, points = torch.randn(256, arguments.batch, 3), torch.randn(256, arguments.batch, 3)
    points[..., 2] = (points[..., 2] > 1).float()
    model = Synthesis()
    text = F.one_hot(torch.randint(0, model.tokens, (arguments.batch, 40)), model.tokens).float()

    def run():
        model.zero_grad()
        (model.nats(model(pen, text), points) / arguments.batch).backward()

    run()
    times = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({"milliseconds": statistics.median(times), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
