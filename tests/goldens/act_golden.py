"""ACT round an LSTM (Graves 2016), one sequence of two steps, in plain Python.

The numbers of all parameters and inputs follow from the formula below, so that the test can make them too. Prints the
logits of both steps, N and R, and the final hidden state.
"""

import math

HIDDEN, FEATURES, OUTPUTS, STEPS, EPSILON, MOST = 3, 2, 2, 2, 0.01, 6


def made(count, start, scale=1.0):
    return [scale * math.sin(1.7 * (start + i) + 0.3) for i in range(count)]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


INPUT_WEIGHT = made(4 * HIDDEN * (FEATURES + 1), 0)
RECURRENT = made(4 * HIDDEN * HIDDEN, 100)
BIAS = made(4 * HIDDEN, 200, 0.5)
HALTING = made(HIDDEN, 300)
HALTING_BIAS = -0.4
OUTPUT = made(OUTPUTS * HIDDEN, 400)
OUTPUT_BIAS = made(OUTPUTS, 500)
INPUTS = made(STEPS * FEATURES, 600)


def cell(x, hidden, state):
    gates = []
    for g in range(4 * HIDDEN):
        total = BIAS[g]
        total += sum(INPUT_WEIGHT[g * (FEATURES + 1) + i] * x[i] for i in range(FEATURES + 1))
        total += sum(RECURRENT[g * HIDDEN + j] * hidden[j] for j in range(HIDDEN))
        gates.append(total)
    i, f, g, o = (gates[k * HIDDEN : (k + 1) * HIDDEN] for k in range(4))
    state = [sigmoid(f[j]) * state[j] + sigmoid(i[j]) * math.tanh(g[j]) for j in range(HIDDEN)]
    return [sigmoid(o[j]) * math.tanh(state[j]) for j in range(HIDDEN)], state


hidden, state = [0.0] * HIDDEN, [0.0] * HIDDEN
for t in range(STEPS):
    x = INPUTS[t * FEATURES : (t + 1) * FEATURES]
    states, probabilities, total = [], [], 0.0
    for n in range(1, MOST + 1):
        hidden, state = cell(x + [1.0 if n == 1 else 0.0], hidden, state)
        h = sigmoid(sum(w * u for w, u in zip(HALTING, hidden)) + HALTING_BIAS)
        states.append(hidden + state)
        if total + h >= 1 - EPSILON or n == MOST:
            probabilities.append(1 - total)
            break
        probabilities.append(h)
        total += h
    mean = [sum(p * s[j] for p, s in zip(probabilities, states)) for j in range(2 * HIDDEN)]
    hidden, state = mean[:HIDDEN], mean[HIDDEN:]
    logits = [OUTPUT_BIAS[k] + sum(OUTPUT[k * HIDDEN + j] * hidden[j] for j in range(HIDDEN)) for k in range(OUTPUTS)]
    print("logits", [round(v, 12) for v in logits], "N", n, "R", round(1 - total, 12))
print("hidden", [round(v, 12) for v in hidden])
