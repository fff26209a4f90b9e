"""Values that tests/models/dnc_test.cpp compares with: a whole tiny DNC in plain Python, from the paper's
equations, one sequence at a time and nothing vectorised.

Run: python3 tests/goldens/dnc_golden.py
"""
from math import exp, log, sin, sqrt, tanh

FEATURES, OUTPUTS, HIDDEN, SLOTS, WIDTH, HEADS, FLOOR = 2, 2, 3, 4, 2, 2, 1e-6
INPUTS = [[[0.5, -1.0], [1.0, 0.25], [-0.75, 2.0]], [[1.5, 0.0], [-0.5, -0.5]]]  # lengths 3 and 2
ALL = range(SLOTS)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def oneplus(x):
    return 1 + log(1 + exp(x))


def softmax(row):
    top = max(row)
    powers = [exp(x - top) for x in row]
    return [p / sum(powers) for p in powers]


def content(memory, key, mask, strength):
    key = [k * m for k, m in zip(key, mask)]
    memory = [[v * m for v, m in zip(row, mask)] for row in memory]
    return softmax([strength * dot(key, m) / (sqrt(dot(key, key) + 1e-6) * sqrt(dot(m, m) + 1e-6)) for m in memory])


def sharpen(weights, sharpness):
    powers = [(w + 1e-6) ** sharpness for w in weights]
    return [p / sum(powers) for p in powers]


def normalise(values):
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    return [(v - mean) / sqrt(variance + 1e-5) for v in values]


class Layer:
    """An LSTM or feed-forward layer; `draw` gives its parameters in the order in which the test fills them."""

    def __init__(self, dnc, lstm, reads, norm):
        self.lstm, self.norm = lstm, norm
        gates = 4 * HIDDEN if lstm else HIDDEN
        self.input_weight = dnc.matrix(gates, FEATURES)
        self.bias = dnc.vector(gates)
        self.recurrent_weight = dnc.matrix(gates, (HIDDEN if lstm else 0) + reads)
        if norm:
            self.gain = dnc.vector(gates)
            if lstm:
                self.cell_gain, self.cell_offset = dnc.vector(HIDDEN), dnc.vector(HIDDEN)

    def step(self, x, hidden, cell, reads):
        past = hidden + reads if self.lstm else reads
        sums = [dot(w, x) + dot(u, past) for w, u in zip(self.input_weight, self.recurrent_weight)]
        if self.norm:
            normal = []
            for first in range(0, len(sums), HIDDEN):
                normal += normalise(sums[first:first + HIDDEN])
            sums = [a * v for a, v in zip(self.gain, normal)]
        gates = [v + b for v, b in zip(sums, self.bias)]
        if not self.lstm:
            return [tanh(v) for v in gates], cell
        i, f, g, o = (gates[k * HIDDEN:(k + 1) * HIDDEN] for k in range(4))
        cell = [sigmoid(f[k]) * cell[k] + sigmoid(i[k]) * tanh(g[k]) for k in range(HIDDEN)]
        shown = cell
        if self.norm:
            shown = [a * v + b for a, v, b in zip(self.cell_gain, normalise(cell), self.cell_offset)]
        return [sigmoid(o[k]) * tanh(shown[k]) for k in range(HIDDEN)], cell


class Dnc:
    def __init__(self, lstm, options):
        self.options = options
        reads, two_ways = HEADS * WIDTH, "bidirectional" in options
        interface = WIDTH * HEADS + 3 * WIDTH + 2 * HEADS + 3
        interface += 0 if "content_only" in options else 3 * HEADS
        interface += WIDTH * (HEADS + 1) if "masked_keys" in options else 0
        interface += 2 * HEADS if "sharpened_links" in options else 0
        self.drawn = 0
        # The order in which the test fills the parameters.
        self.controller = Layer(self, lstm, reads, "layer_norm" in options)
        self.interface_weight = self.matrix(interface, HIDDEN)
        self.interface_bias = self.vector(interface)
        self.output_weight = self.matrix(OUTPUTS, HIDDEN + reads + (HIDDEN if two_ways else 0))
        self.output_bias = self.vector(OUTPUTS)
        self.backward = Layer(self, True, 0, "layer_norm" in options) if two_ways else None

    def vector(self, size):
        self.drawn += size
        return [sin(0.7 * (self.drawn - size + i) + 1) for i in range(size)]

    def matrix(self, rows, columns):
        return [self.vector(columns) for _ in range(rows)]

    def run(self, inputs):
        hidden, cell = [0.0] * HIDDEN, [0.0] * HIDDEN
        memory = [[0.0] * WIDTH for _ in ALL]
        link = [[0.0] * SLOTS for _ in ALL]
        usage, precedence, write = [0.0] * SLOTS, [0.0] * SLOTS, [0.0] * SLOTS
        read = [[0.0] * SLOTS for _ in range(HEADS)]
        reads = [[0.0] * WIDTH for _ in range(HEADS)]
        outputs, aheads = [], []
        if self.backward:
            for x in reversed(inputs):
                hidden, cell = self.backward.step(x, hidden, cell, [])
                aheads.insert(0, hidden)
            hidden, cell = [0.0] * HIDDEN, [0.0] * HIDDEN
        for t, x in enumerate(inputs):
            hidden, cell = self.controller.step(x, hidden, cell, [v for r in reads for v in r])
            said = [dot(w, hidden) + b for w, b in zip(self.interface_weight, self.interface_bias)]

            def take(count):
                part = said[:count]
                del said[:count]
                return part

            read_keys = [take(WIDTH) for _ in range(HEADS)]
            read_strengths = [oneplus(v) for v in take(HEADS)]
            write_key, write_strength = take(WIDTH), oneplus(take(1)[0])
            erase, vector = [sigmoid(v) for v in take(WIDTH)], take(WIDTH)
            free = [sigmoid(v) for v in take(HEADS)]
            allocation_gate, write_gate = sigmoid(take(1)[0]), sigmoid(take(1)[0])
            if "content_only" not in self.options:
                modes = [softmax(take(3)) for _ in range(HEADS)]
            read_masks, write_mask = [[1.0] * WIDTH] * HEADS, [1.0] * WIDTH
            if "masked_keys" in self.options:
                read_masks = [[sigmoid(v) for v in take(WIDTH)] for _ in range(HEADS)]
                write_mask = [sigmoid(v) for v in take(WIDTH)]
            if "sharpened_links" in self.options:
                forward_sharpness = [oneplus(v) for v in take(HEADS)]
                backward_sharpness = [oneplus(v) for v in take(HEADS)]
            assert not said

            write_content = content(memory, write_key, write_mask, write_strength)
            for n in ALL:
                usage[n] = usage[n] + write[n] - usage[n] * write[n]
                for h in range(HEADS):
                    kept = 1 - free[h] * read[h][n]
                    usage[n] *= kept
                    if "clear_freed" in self.options:
                        memory[n] = [v * kept for v in memory[n]]
            allocation, product = [0.0] * SLOTS, 1.0
            for n in sorted(ALL, key=lambda n: (usage[n], n)):
                floored = FLOOR + (1 - FLOOR) * usage[n]
                allocation[n] = (1 - floored) * product
                product *= floored
            write = [write_gate * (allocation_gate * allocation[n] + (1 - allocation_gate) * write_content[n])
                     for n in ALL]
            memory = [[memory[n][j] * (1 - write[n] * erase[j]) + write[n] * vector[j] for j in range(WIDTH)]
                      for n in ALL]
            link = [[0.0 if i == j else (1 - write[i] - write[j]) * link[i][j] + write[i] * precedence[j]
                     for j in ALL] for i in ALL]
            precedence = [(1 - sum(write)) * precedence[n] + write[n] for n in ALL]
            new_read = []
            for h in range(HEADS):
                found = content(memory, read_keys[h], read_masks[h], read_strengths[h])
                onward = [sum(link[i][j] * read[h][j] for j in ALL) for i in ALL]
                back = [sum(link[i][j] * read[h][i] for i in ALL) for j in ALL]
                if "content_only" in self.options:
                    new_read.append(found)
                    continue
                if "sharpened_links" in self.options:
                    onward, back = sharpen(onward, forward_sharpness[h]), sharpen(back, backward_sharpness[h])
                shares = modes[h]
                new_read.append([shares[0] * back[n] + shares[1] * found[n] + shares[2] * onward[n] for n in ALL])
            read = new_read
            reads = [[sum(read[h][n] * memory[n][j] for n in ALL) for j in range(WIDTH)] for h in range(HEADS)]
            features = hidden + [v for r in reads for v in r] + (aheads[t] if aheads else [])
            outputs.append([dot(w, features) + b for w, b in zip(self.output_weight, self.output_bias)])
        return {"logits": outputs, "usage": [usage], "write_weights": [write], "read_weights": read,
                "precedence": [precedence], "link": link, "memory": memory}


for lstm, options in ((True, []), (False, []), (True, ["masked_keys", "clear_freed", "sharpened_links"]),
                      (True, ["content_only", "layer_norm", "bidirectional"]), (False, ["layer_norm"])):
    print(" ".join(["lstm" if lstm else "feed-forward"] + options))
    for sequence in INPUTS:
        for name, rows in Dnc(lstm, options).run(sequence).items():
            print(f"  {name}: " + ", ".join(f"{v:.12f}" for row in rows for v in row))
