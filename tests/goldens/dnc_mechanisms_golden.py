"""Values that the tests of the DNC's mechanisms compare with, from the paper's equations in plain Python.

Run: python3 tests/goldens/dnc_mechanisms_golden.py
"""
FLOOR = 1e-6
SLOTS = range(4)


def show(name, rows):
    print(name, [[round(x, 12) for x in row] for row in rows])


free = [0.9, 0.25]
reads = [[0.1, 0.6, 0.2, 0.1], [0.0, 0.3, 0.0, 0.7]]
retention = [(1 - free[0] * reads[0][n]) * (1 - free[1] * reads[1][n]) for n in SLOTS]
show("retention", [retention])

usage = [0.2, 0.9, 0.0, 0.5]
writes = [0.3, 0.1, 0.05, 0.4]
usage = [(u + w - u * w) * kept for u, w, kept in zip(usage, writes, retention)]
show("usage", [usage])

allocation, product = [0.0] * 4, 1.0
for n in sorted(SLOTS, key=lambda n: (usage[n], n)):
    floored = FLOOR + (1 - FLOOR) * usage[n]
    allocation[n] = (1 - floored) * product
    product *= floored
show("allocation", [allocation])

content = [0.1, 0.2, 0.3, 0.4]
weights = [0.8 * (0.7 * a + (1 - 0.7) * c) for a, c in zip(allocation, content)]
show("write weights", [weights])

precedence = [0.5, 0.1, 0.05, 0.2]
link = [[0.0, 0.3, 0.1, 0.2], [0.25, 0.0, 0.5, 0.0], [0.1, 0.2, 0.0, 0.6], [0.3, 0.4, 0.05, 0.0]]
link = [[0.0 if i == j else (1 - weights[i] - weights[j]) * link[i][j] + weights[i] * precedence[j] for j in SLOTS]
        for i in SLOTS]
show("link", link)
show("precedence", [[(1 - sum(weights)) * p + w for p, w in zip(precedence, weights)]])

onward = [[sum(link[i][j] * r[j] for j in SLOTS) for i in SLOTS] for r in reads]
back = [[sum(link[i][j] * r[i] for i in SLOTS) for j in SLOTS] for r in reads]
show("forward", onward)
show("backward", back)

modes = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]
contents = [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]
show("read weights", [[m[0] * b + m[1] * c + m[2] * f for b, c, f in zip(bs, cs, fs)]
                      for m, bs, cs, fs in zip(modes, back, contents, onward)])
