"""Makes combine.json: stacks of pixels as combined by astropy and ccdproc. Run: python combine.py > combine.json"""
import json
import sys
import warnings

import astropy
import ccdproc
import numpy as np
from astropy import units
from astropy.nddata import CCDData
from astropy.stats import sigma_clip

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261121)
PIXELS = 40


def stack(frames, level, scatter, dtype):
    values = rng.normal(level, scatter, (frames, PIXELS))
    hits = rng.random((frames, PIXELS)) < 0.04
    values[hits] += rng.exponential(30 * scatter, hits.sum())
    values[:, :4] = np.rint(level)  # all alike
    values[0, 2] = 60000  # but for one
    values = np.clip(values, 0, 65535)
    return np.rint(values).astype(np.uint16) if dtype == "u16" else values.astype(np.float32)


def clipped(values, low, high, deviation, iterations):
    result = sigma_clip(values, sigma_lower=low, sigma_upper=high, maxiters=iterations, cenfunc="median",
                        stdfunc={"mad": "mad_std", "std": "std"}[deviation], axis=0)
    return {"low": low, "high": high, "deviation": deviation, "iterations": iterations,
            "value": result.astype(np.float64).mean(axis=0).tolist(), "kept": result.count(axis=0).tolist()}


def by_ccdproc(values, **options):
    images = [CCDData(frame.reshape(8, -1).astype(np.float64), unit=units.adu) for frame in values]
    return ccdproc.combine(images, **options).data.ravel().tolist()


cases = []
for frames, level, scatter, dtype in [(2, 1000, 5, "u16"), (3, 1000, 5, "u16"), (5, 300, 2, "u16"), (8, 30000, 150, "u16"),
                                      (25, 1000, 8, "u16"), (100, 12000, 90, "u16"), (6, 1, 0.02, "f32"), (25, 1, 0.01, "f32"),
                                      (11, 500, 30, "f32")]:
    values = stack(frames, level, scatter, dtype)
    scales = rng.uniform(0.5, 2, frames)
    weights = rng.uniform(0.5, 2, frames)
    cases.append({
        "type": dtype,
        "frames": [frame.tolist() for frame in values],
        "clipped": [clipped(values, low, high, deviation, iterations)
                    for low, high in [(3, 3), (2, 2.5)] for deviation in ["mad", "std"] for iterations in [None, 1]],
        "median": by_ccdproc(values, method="median"),
        "mean": by_ccdproc(values, method="average"),
        "weights": weights.tolist(),
        "weighted": by_ccdproc(values, method="average", weights=weights),
        "scales": scales.astype(np.float32).tolist(),
        "scaled": by_ccdproc(values, method="median", scale=scales.astype(np.float32).astype(np.float64)),
        "ccdprocClipped": by_ccdproc(values, method="average", sigma_clip=True, sigma_clip_low_thresh=3, sigma_clip_high_thresh=3,
                                     sigma_clip_func="median", sigma_clip_dev_func="mad_std"),
        **({"minMax": by_ccdproc(values, method="average", clip_extrema=True, nlow=1, nhigh=2)} if frames > 3 else {}),
    })
json.dump({"by": f"astropy {astropy.__version__}, ccdproc {ccdproc.__version__}, numpy {np.__version__}", "cases": cases}, sys.stdout)
print()
