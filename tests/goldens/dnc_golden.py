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


def content(memory, key, strength):
    return softmax([strength * dot(key, m) / (sqrt(dot(key, key) + 1e-6) * sqrt(dot(m, m) + 1e-6)) for m in memory])


class Dnc:
    def __init__(self, lstm):
        self.lstm = lstm
        gates = 4 * HIDDEN if lstm else HIDDEN
        recurrent = (HIDDEN if lstm else 0) + HEADS * WIDTH
        interface = WIDTH * HEADS + 3 * WIDTH + 5 * HEADS + 3
        self.drawn = 0
        # The order in which the test fills the parameters.
        self.input_weight = self.matrix(gates, FEATURES)
        self.bias = self.vector(gates)
        self.recurrent_weight = self.matrix(gates, recurrent)
        self.interface_weight = self.matrix(interface, HIDDEN)
        self.interface_bias = self.vector(interface)
        self.output_weight = self.matrix(OUTPUTS, HIDDEN + HEADS * WIDTH)
        self.output_bias = self.vector(OUTPUTS)

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
        outputs = []
        for x in inputs:
            flat = [v for r in reads for v in r]
            past = hidden + flat if self.lstm else flat
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
            modes = [softmax(take(3)) for _ in range(HEADS)]
            assert not said

            write_content = content(memory, write_key, write_strength)
            for n in ALL:
                usage[n] = usage[n] + write[n] - usage[n] * write[n]
                for h in range(HEADS):
                    usage[n] *= 1 - free[h] * read[h][n]
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
                found = content(memory, read_keys[h], read_strengths[h])
                onward = [sum(link[i][j] * read[h][j] for j in ALL) for i in ALL]
                back = [sum(link[i][j] * read[h][i] for i in ALL) for j in ALL]
                new_read.append([modes[h][0] * back[n] + modes[h][1] * found[n] + modes[h][2] * onward[n] for n in ALL])
            read = new_read
            reads = [[sum(read[h][n] * memory[n][j] for n in ALL) for j in range(WIDTH)] for h in range(HEADS)]
            features = hidden + [v for r in reads for v in r]
            outputs.append([dot(w, features) + b for w, b in zip(self.output_weight, self.output_bias)])
        return {"logits": outputs, "usage": [usage], "write_weights": [write], "read_weights": read,
                "precedence": [precedence], "link": link, "memory": memory}


for lstm in (True, False):
    print("lstm" if lstm else "feed-forward")
    for sequence in INPUTS:
        for name, rows in Dnc(lstm).run(sequence).items():
            print(f"  {name}: " + ", ".join(f"{v:.12f}" for row in rows for v in row))
