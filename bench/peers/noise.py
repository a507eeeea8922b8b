"""The noise of one frame by numpy: parameters from a JSON file; a line in, a line of JSON out.

The answer holds the milliseconds of processor time, and the mean and variance of the counts.
"""
import json
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("this interpreter has no numpy: install it (pip install numpy) or name another one in NOCTURNE_PYTHON")

with open(sys.argv[1]) as file:
    p = json.load(file)
side, gain = p["side"], p["gainEPerAdu"]
sky = np.linspace(p["skyFirstE"], p["skyLastE"], side * side).reshape(side, side)
rng = np.random.default_rng(p["seed"])
print("numpy " + np.__version__, flush=True)
for _ in sys.stdin:
    begin = time.process_time()
    level = rng.poisson(sky) * (1 / gain)
    level += rng.normal(p["biasAdu"] + 0.5, p["readNoiseE"] / gain, sky.shape)
    np.floor(level, out=level)
    np.clip(level, 0, 65535, out=level)
    counts = level.astype(np.uint16)
    milliseconds = (time.process_time() - begin) * 1e3
    print(json.dumps({"milliseconds": milliseconds, "mean": counts.mean(), "variance": counts.var()}), flush=True)
