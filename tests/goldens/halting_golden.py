"""Adaptive computation time (Graves 2016, equations 5 to 13) on given halting probabilities, in plain Python.

Prints, for each row of h: the weights p, N, R and the ponder cost, and its derivative by each h.
"""

EPSILON, MOST = 0.01, 4
ROWS = [[0.3, 0.45, 0.6, 0.2], [0.995, 0.5, 0.5, 0.5], [0.1, 0.2, 0.05, 0.15]]


def think(row):
    total = 0.0
    for n, h in enumerate(row, start=1):
        if total + h >= 1 - EPSILON or n == MOST:
            remainder = 1 - total
            weights = row[: n - 1] + [remainder] + [0.0] * (len(row) - n)
            slopes = [-1.0] * (n - 1) + [0.0] * (len(row) - n + 1)
            return weights, n, remainder, n + remainder, slopes
        total += h


for row in ROWS:
    weights, steps, remainder, cost, slopes = think(row)
    print([round(w, 12) for w in weights], steps, round(remainder, 12), round(cost, 12), slopes)
