"""GPT-2's shape as a careful user writes it in plain PyTorch, timed: updates on one batch, with AdamW.

Pre-norm, learned positions, GELU, tied output, the engine's fused attention, one matrix product for queries, keys and
values. Prints {"milliseconds": median, "torch": version}.
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


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.hidden, self.back = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, states):
        batch, time_steps, width = states.shape
        queries, keys, values = (
            part.view(batch, time_steps, self.heads, -1).transpose(1, 2)
            for part in self.query_key_value(self.attention_norm(states)).split(width, dim=2)
        )
        read = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        states = states + self.output(read.transpose(1, 2).reshape(batch, time_steps, width))
        return states + self.back(F.gelu(self.hidden(self.feed_forward_norm(states))))


class Gpt(nn.Module):
    def __init__(self, tokens, context, width, layers, heads):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(tokens, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        states = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        for block in self.blocks:
            states = block(states)
        return F.linear(self.norm(states), self.tokens.weight)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("batch", "block", "width", "layers", "heads", "tokens", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    model = Gpt(arguments.tokens, arguments.block, arguments.width, arguments.layers, arguments.heads)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1, fused=True)
    shape = (arguments.batch, arguments.block)
    inputs, targets = torch.randint(arguments.tokens, shape), torch.randint(arguments.tokens, shape)
    call = torch.compile(model) if arguments.compile else model

    def run():
        optimizer.zero_grad()
        F.cross_entropy(call(inputs).flatten(0, 1), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()

    for _ in range(3):
        run()
    times, begin = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < arguments.seconds:
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({"milliseconds": statistics.median(times), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
