"""Temperature of a heated rod, 20 + q exp(-k x), at its sensors: a worker of `model.ppl`."""
import json
import math
import sys

greeting = json.loads(sys.stdin.readline())
count = greeting["result"]["shape"][0]
x = [i / (count - 1) for i in range(count)]
print(json.dumps({"ready": True, "arguments": ["k", "q"]}), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"]}
    try:
        k, q = request["arguments"]["k"], request["arguments"]["q"]
        warmth = [math.exp(-k * p) for p in x]
        answer["result"] = [20 + q * w for w in warmth]
        if request.get("gradient"):
            answer["gradient"] = {
                "k": [-p * q * w for p, w in zip(x, warmth)],
                "q": warmth,
            }
    except ArithmeticError as error:
        answer = {"id": request["id"], "error": str(error)}
    print(json.dumps(answer), flush=True)
