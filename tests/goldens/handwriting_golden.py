"""Values that tests/mechanisms compare with, from Graves 2013 (arXiv:1308.0850) in plain Python.

Run: python3 tests/goldens/handwriting_golden.py
"""
from math import exp, log, pi, sqrt, tanh


def show(name, row):
    print(name, [round(x, 12) for x in row])


# The window: equations 46 to 51, two bumps over a text of three characters and one of two.
raw = [[0.1, -0.7, 0.3, -1.2, -0.5, 0.4], [0.0, 0.5, -0.3, 0.8, 0.2, -2.0]]
before = [[0.5, 1.0], [2.0, 0.0]]
texts = [[2, 0, 1], [1, 1]]
for row, positions, text in zip(raw, before, texts):
    a = [exp(x) for x in row[0:2]]
    b = [exp(x) for x in row[2:4]]
    kappa = [p + exp(x) for p, x in zip(positions, row[4:6])]
    phi = [sum(a[k] * exp(-b[k] * (kappa[k] - u) ** 2) for k in range(2)) for u in range(1, len(text) + 1)]
    shown = [sum(f for f, c in zip(phi, text) if c == token) for token in range(3)]
    show("positions", kappa)
    show("strengths", phi)
    show("shown", shown)

# The density: equations 18 to 26, two components.
y = [0.4, 0.3, -0.2, 0.5, -1.0, 0.1, 0.7, -0.4, 0.2, 0.3, -0.6, 0.9, -0.5]


def nats(y, x1, x2, lifted):
    e = 1 / (1 + exp(y[0]))
    weights = [exp(w) for w in y[1:3]]
    weights = [w / sum(weights) for w in weights]
    density = 0
    for j in range(2):
        mu1, mu2, s1, s2, rho = y[3 + j], y[5 + j], exp(y[7 + j]), exp(y[9 + j]), tanh(y[11 + j])
        z = ((x1 - mu1) / s1) ** 2 + ((x2 - mu2) / s2) ** 2 - 2 * rho * (x1 - mu1) * (x2 - mu2) / (s1 * s2)
        normal = exp(-z / (2 * (1 - rho**2))) / (2 * pi * s1 * s2 * sqrt(1 - rho**2))
        density += weights[j] * normal
    return -log(density) - (log(e) if lifted else log(1 - e))


show("nats", [nats(y, 0.3, -0.8, False), nats(y, 0.3, -0.8, True), nats(y, -1.5, 2.0, False)])
