"""Values that tests/models/ntm_test.cpp compares with: a whole tiny NTM in plain Python, from the paper's
equations, one sequence at a time and nothing vectorised.

Run: python3 tests/goldens/ntm_golden.py
"""
from math import exp, log, sin, sqrt, tanh

FEATURES, OUTPUTS, HIDDEN, SLOTS, WIDTH, SHIFT_RANGE, START = 2, 2, 3, 4, 2, 1, 0.1
INPUTS = [[[0.5, -1.0], [1.0, 0.25], [-0.75, 2.0]], [[1.5, 0.0], [-0.5, -0.5]]]  # lengths 3 and 2


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softplus(x):
    return log(1 + exp(x))


def softmax(row):
    top = max(row)
    powers = [exp(x - top) for x in row]
    return [p / sum(powers) for p in powers]


class Ntm:
    def __init__(self, controller, read_heads, write_heads):
        self.lstm, self.reads, self.writes = controller == "lstm", read_heads, write_heads
        self.heads, self.shifts = read_heads + write_heads, 2 * SHIFT_RANGE + 1
        gates = 4 * HIDDEN if self.lstm else HIDDEN
        recurrent = (HIDDEN if self.lstm else 0) + read_heads * WIDTH
        interface = self.heads * (WIDTH + 3 + self.shifts) + write_heads * 2 * WIDTH
        self.drawn = 0
        # The order in which the test fills the parameters.
        self.input_weight = self.matrix(gates, FEATURES)
        self.bias = self.vector(gates)
        self.recurrent_weight = self.matrix(gates, recurrent)
        self.interface_weight = self.matrix(interface, HIDDEN)
        self.interface_bias = self.vector(interface)
        self.output_weight = self.matrix(OUTPUTS, HIDDEN + read_heads * WIDTH)
        self.output_bias = self.vector(OUTPUTS)
        self.weight_logits = self.matrix(self.heads, SLOTS)
        self.start_reads = self.matrix(read_heads, WIDTH)
        self.start_hidden = self.vector(HIDDEN) if self.lstm else []
        self.start_cell = self.vector(HIDDEN) if self.lstm else []

    def vector(self, size):
        self.drawn += size
        return [sin(0.7 * (self.drawn - size + i) + 1) for i in range(size)]

    def matrix(self, rows, columns):
        return [self.vector(columns) for _ in range(rows)]

    def run(self, inputs):
        hidden, cell = list(self.start_hidden), list(self.start_cell)
        reads = [list(r) for r in self.start_reads]
        weights = [softmax(row) for row in self.weight_logits]
        memory = [[START] * WIDTH for _ in range(SLOTS)]
        outputs = []
        for x in inputs:
            past = hidden + [v for r in reads for v in r] if self.lstm else [v for r in reads for v in r]
            gates = [
                dot(w, x) + b + dot(u, past)
                for w, b, u in zip(self.input_weight, self.bias, self.recurrent_weight)
            ]
            if self.lstm:
                i, f, g, o = (gates[k * HIDDEN:(k + 1) * HIDDEN] for k in range(4))
                cell = [sigmoid(f[k]) * cell[k] + sigmoid(i[k]) * tanh(g[k]) for k in range(HIDDEN)]
                hidden = [sigmoid(o[k]) * tanh(cell[k]) for k in range(HIDDEN)]
            else:
                hidden = [tanh(v) for v in gates]
            said = [dot(w, hidden) + b for w, b in zip(self.interface_weight, self.interface_bias)]

            def take(rows, columns):
                part = [said[k * columns:(k + 1) * columns] for k in range(rows)]
                del said[:rows * columns]
                return part

            keys = take(self.heads, WIDTH)
            strengths = [softplus(v[0]) for v in take(self.heads, 1)]
            mix = [sigmoid(v[0]) for v in take(self.heads, 1)]
            shifts = [softmax(v) for v in take(self.heads, self.shifts)]
            sharpenings = [1 + softplus(v[0]) for v in take(self.heads, 1)]
            erases = [[sigmoid(v) for v in row] for row in take(self.writes, WIDTH)]
            adds = take(self.writes, WIDTH)

            new_weights = []
            for h in range(self.heads):
                key = keys[h]
                similar = [
                    dot(key, m) / (sqrt(dot(key, key) + 1e-6) * sqrt(dot(m, m) + 1e-6)) for m in memory
                ]
                content = softmax([strengths[h] * v for v in similar])
                gated = [mix[h] * c + (1 - mix[h]) * w for c, w in zip(content, weights[h])]
                shifted = [
                    sum(shifts[h][d + SHIFT_RANGE] * gated[(n - d) % SLOTS]
                        for d in range(-SHIFT_RANGE, SHIFT_RANGE + 1))
                    for n in range(SLOTS)
                ]
                powers = [v ** sharpenings[h] for v in shifted]
                new_weights.append([p / sum(powers) for p in powers])
            weights = new_weights
            reads = [[sum(weights[h][n] * memory[n][j] for n in range(SLOTS)) for j in range(WIDTH)]
                     for h in range(self.reads)]
            for n in range(SLOTS):
                for j in range(WIDTH):
                    value = memory[n][j]
                    for h in range(self.writes):
                        value *= 1 - weights[self.reads + h][n] * erases[h][j]
                    for h in range(self.writes):
                        value += weights[self.reads + h][n] * adds[h][j]
                    memory[n][j] = value
            features = hidden + [v for r in reads for v in r]
            outputs.append([dot(w, features) + b for w, b in zip(self.output_weight, self.output_bias)])
        return outputs, weights, memory


def show(name, values):
    print("  " + name + ": " + ", ".join(f"{v:.12f}" for v in values))


for controller, read_heads, write_heads in (("lstm", 1, 2), ("feed-forward", 2, 1)):
    print(controller)
    for sequence in INPUTS:
        outputs, weights, memory = Ntm(controller, read_heads, write_heads).run(sequence)
        show("logits", [v for row in outputs for v in row])
        show("weights", [v for row in weights for v in row])
        show("memory", [v for row in memory for v in row])
