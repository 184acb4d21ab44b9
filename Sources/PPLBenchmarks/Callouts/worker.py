"""A worker of `measure.sh`: exp(-k x) with its derivatives."""
import json
import math
import sys

sys.stdin.readline()
print('{"ready": true, "arguments": ["k", "x"]}', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    k, x = request["arguments"]["k"], request["arguments"]["x"]
    y = math.exp(-k * x)
    answer = {"id": request["id"], "result": y}
    if "gradient" in request:
        answer["gradient"] = {"k": -x * y, "x": -k * y}
    print(json.dumps(answer), flush=True)
