"""The same function by multiprocessing.Pool.map: microseconds for one call, and for each of 64."""
import math
import multiprocessing
import statistics
import sys
import time


def cell(arguments):
    k, x = arguments
    y = math.exp(-k * x)
    return y, -x * y, -k * y


if __name__ == "__main__":
    with multiprocessing.Pool(int(sys.argv[1])) as pool:
        for count in (1, 64):
            calls = [(0.1, (i + 1) / 64) for i in range(count)]
            times = []
            for _ in range(11):
                start = time.perf_counter()
                for _ in range(200):
                    pool.map(cell, calls)
                times.append((time.perf_counter() - start) / 200 / count)
            print(f"Pool({sys.argv[1]}).map, {count} calls: {statistics.median(times) * 1e6:.1f} us a call")
