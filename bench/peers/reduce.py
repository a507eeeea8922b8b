"""A science frame calibrated by ccdproc: arrays and parameters from a folder; a line in, a line of JSON out.

Overscan, trim, uncertainty, electrons, bias, dark (scaled), flat, as ccdproc's tutorial does it; masters are in electrons, made so once.
The answer holds the milliseconds of processor time, and the means of the frame and its uncertainty.
"""
import json
import logging
import sys
import time
import warnings

try:
    import astropy.units as u
    import ccdproc
    import numpy as np
    from astropy.nddata import CCDData, StdDevUncertainty
except ImportError:
    sys.exit("this interpreter has no ccdproc: install it (pip install ccdproc) or name another one in NOCTURNE_PYTHON")

warnings.simplefilter("ignore")
logging.disable()
with open(sys.argv[1]) as file:
    p = json.load(file)
side, width, gain = p["side"], p["width"], p["gain"]


def read(name, dtype, shape=(side, side)):
    return np.fromfile(f"{p['folder']}/{name}", dtype=dtype).reshape(shape)


def master(name, factor, unit):
    return CCDData(
        read(name, np.float32) * np.float32(factor),
        uncertainty=StdDevUncertainty(read(name + "Error", np.float32) * np.float32(factor)),
        unit=unit,
    )


counts = read("raw", np.uint16, (side, width)).astype(np.float32)
bias = master("bias", gain, u.electron)
# Of one second; subtract_dark scales it.
dark = master("dark", gain, u.electron)
flat = master("flat", 1, u.dimensionless_unscaled)
low = flat.data < p["lowFlat"]
first = p["prescan"]
print(f"ccdproc {ccdproc.__version__}, numpy {np.__version__}", flush=True)
for _ in sys.stdin:
    begin = time.process_time()
    ccd = CCDData(counts, unit=u.adu)
    ccd = ccdproc.subtract_overscan(ccd, overscan=ccd[:, first + side:], overscan_axis=1)
    ccd = ccdproc.trim_image(ccd[:, first:first + side])
    ccd = ccdproc.create_deviation(ccd, gain=gain * u.electron / u.adu, readnoise=p["readNoiseE"] * u.electron)
    ccd = ccdproc.gain_correct(ccd, gain * u.electron / u.adu)
    ccd = ccdproc.subtract_bias(ccd, bias)
    ccd = ccdproc.subtract_dark(ccd, dark, dark_exposure=1 * u.s, data_exposure=p["exposureS"] * u.s, scale=True)
    ccd = ccdproc.flat_correct(ccd, flat, min_value=p["lowFlat"], norm_value=1)
    ccd.mask = low
    milliseconds = (time.process_time() - begin) * 1e3
    mean, error = ccd.data.mean(dtype=float), ccd.uncertainty.array.mean(dtype=float)
    print(json.dumps({"milliseconds": milliseconds, "meanE": float(mean), "meanErrorE": float(error)}), flush=True)
