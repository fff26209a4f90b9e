"""Values that tests/mechanisms compare with, from the papers' equations in plain Python.

Run: python3 tests/goldens/mechanisms_golden.py
"""
from math import exp, sqrt


def show(name, rows):
    print(name, [[round(x, 12) for x in row] for row in rows])


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def softmax(row):
    top = max(row)
    powers = [exp(x - top) for x in row]
    return [p / sum(powers) for p in powers]


memory = [[1.0, 0.0], [0.6, 0.8], [-2.0, 0.5], [0.0, 0.0]]
keys = [[1.0, 1.0], [-0.5, 2.0]]
strengths = [0.0, 3.0]
similarity = [[dot(k, m) / (sqrt(dot(k, k) + 1e-6) * sqrt(dot(m, m) + 1e-6)) for m in memory] for k in keys]
content = [softmax([b * x for x in row]) for b, row in zip(strengths, similarity)]
show("similarity", similarity)
show("content", content)

previous = [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]
gates = [0.25, 0.9]
gated = [[g * c + (1 - g) * p for c, p in zip(cs, ps)] for g, cs, ps in zip(gates, content, previous)]
show("gated", gated)

shifts = [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]  # by -1, 0, +1
n = len(memory)
shifted = [[sum(s[j] * row[(i - (j - 1)) % n] for j in range(3)) for i in range(n)] for s, row in zip(shifts, gated)]
show("shifted", shifted)

sharpenings = [1.0, 2.5]
powers = [[x**g for x in row] for g, row in zip(sharpenings, shifted)]
weights = [[x / sum(row) for x in row] for row in powers]
show("weights", weights)

show("reads", [[dot(row, column) for column in zip(*memory)] for row in weights])

erases = [[0.5, 0.0], [1.0, 0.25]]
adds = [[1.0, -1.0], [0.0, 2.0]]
written = []
for i in range(n):
    row = []
    for j in range(2):
        kept = memory[i][j]
        for h in range(2):
            kept *= 1 - weights[h][i] * erases[h][j]
        row.append(kept + sum(weights[h][i] * adds[h][j] for h in range(2)))
    written.append(row)
show("written", written)
