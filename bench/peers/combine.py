"""Combining frames by other programs: a line in, a line of JSON out.

Arguments: the task, a folder with frames.u16 (and where values.f64 and kept.u8 are written), the number of frames, the side in pixels.
The answer holds the milliseconds of processor time. What is written once, before the first answer, is what the task gives.
"""
import json
import os
import sys
import time
import warnings

try:
    import astropy
    import bottleneck
    import ccdproc
    import numpy as np
    from astropy import units
    from astropy.nddata import CCDData
    from astropy.stats import sigma_clip
except ImportError as error:
    sys.exit(f"{error}: install bench/peers/requirements.txt or name another interpreter in NOCTURNE_PYTHON")

warnings.simplefilter("ignore")
task, folder, count, side = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
frames = np.fromfile(os.path.join(folder, "frames.u16"), dtype=np.uint16).reshape(count, side, side)
CLIP = dict(sigma_clip=True, sigma_clip_low_thresh=3, sigma_clip_high_thresh=3, sigma_clip_func="median",
            sigma_clip_dev_func="mad_std")


def by_bottleneck():
    return bottleneck.nanmedian(floats, axis=0), None


def by_ccdproc_median():
    return ccdproc.combine(images, method="median").data, None


def by_ccdproc_clip():
    # It clips once, and does not tell how many it kept.
    return ccdproc.combine(images, method="average", **CLIP).data, None


def by_astropy_clip():
    clipped = sigma_clip(frames, sigma=3, maxiters=None, cenfunc="median", stdfunc="mad_std", axis=0)
    return clipped.mean(axis=0).filled(np.nan), clipped.count(axis=0)


TASKS = {
    "bottleneck": (by_bottleneck, f"bottleneck {bottleneck.__version__} nanmedian of float32"),
    "ccdproc-median": (by_ccdproc_median, f"ccdproc {ccdproc.__version__} combine, median"),
    "ccdproc-clip": (by_ccdproc_clip, f"ccdproc {ccdproc.__version__} combine, clipped"),
    "astropy-clip": (by_astropy_clip, f"astropy {astropy.__version__} sigma_clip"),
}
work, name = TASKS[task]
floats = frames.astype(np.float32) if task == "bottleneck" else None
images = [CCDData(frame, unit=units.adu) for frame in frames] if task.startswith("ccdproc") else None


def timed():
    begin = time.process_time()
    result = work()
    return (time.process_time() - begin) * 1e3, result


_, (values, kept) = timed()
np.asarray(values, dtype=np.float64).tofile(os.path.join(folder, "values.f64"))
if kept is not None:
    kept.astype(np.uint8).tofile(os.path.join(folder, "kept.u8"))
print(name, flush=True)
for _ in sys.stdin:
    milliseconds, _ = timed()
    print(json.dumps({"milliseconds": milliseconds}), flush=True)
