"""Answers requests for an epidemic, one a line: expected new cases a day, or counts drawn around them.

Susceptible, infected, recovered: s' = -beta s i / n, i' = beta s i / n - gamma i, by Runge and Kutta's rule of order 4.
With `expected` behind the command it gives the expected numbers, else Poisson counts.
"""
import json
import math
import random
import sys

POPULATION, INFECTED, DAYS, STEPS = 1000.0, 5.0, 30, 4


def expected(beta, gamma):
    def slope(s, i):
        new = beta * s * i / POPULATION
        return -new, new - gamma * i

    s, i = POPULATION - INFECTED, INFECTED
    h = 1.0 / STEPS
    result = []
    for _ in range(DAYS):
        before = s
        for _ in range(STEPS):
            a = slope(s, i)
            b = slope(s + h / 2 * a[0], i + h / 2 * a[1])
            c = slope(s + h / 2 * b[0], i + h / 2 * b[1])
            d = slope(s + h * c[0], i + h * c[1])
            s += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
            i += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        result.append(max(before - s, 1e-9))
    return result


def poisson(rate, source):
    if rate > 30:  # in parts, so that exp does not underflow
        return poisson(rate / 2, source) + poisson(rate / 2, source)
    count, product, limit = 0, source.random(), math.exp(-rate)
    while product > limit:
        count += 1
        product *= source.random()
    return count


json.loads(sys.stdin.readline())
print(json.dumps({"ready": True, "arguments": ["beta", "gamma"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    means = expected(request["arguments"]["beta"], request["arguments"]["gamma"])
    if "expected" not in sys.argv:
        source = random.Random(request["seed"])
        means = [poisson(mean, source) for mean in means]
    print(json.dumps({"id": request["id"], "result": means}), flush=True)
