"""A field of stars with all its noise by GalSim: parameters from a JSON file; a line in, a line of JSON out.

The answer holds the milliseconds of processor time, and the mean and variance of the counts.
"""
import json
import sys
import time

try:
    import galsim
    import numpy as np
except ImportError:
    sys.exit("this interpreter has no GalSim: install it (pip install galsim) or name another one in NOCTURNE_PYTHON")

with open(sys.argv[1]) as file:
    p = json.load(file)
side, gain = p["side"], p["gainEPerAdu"]
rng = galsim.BaseDeviate(p["seed"])
print("GalSim " + galsim.__version__, flush=True)
for _ in sys.stdin:
    begin = time.process_time()
    image = galsim.ImageF(side, side, init_value=p["skyE"] / gain)
    psf = galsim.Moffat(beta=3.5, fwhm=p["fwhmPix"])
    for x, y, flux in zip(p["x"], p["y"], p["fluxE"]):
        # GalSim counts pixels from 1.
        star = psf.withFlux(flux / gain).drawImage(center=galsim.PositionD(x + 1, y + 1), scale=1, dtype=np.float32)
        shared = star.bounds & image.bounds
        if shared.isDefined():
            image[shared] += star[shared]
    image.addNoise(galsim.CCDNoise(rng, gain=gain, read_noise=p["readNoiseE"]))
    level = image.array + (p["biasAdu"] + 0.5)
    np.floor(level, out=level)
    np.clip(level, 0, 65535, out=level)
    counts = level.astype(np.uint16)
    milliseconds = (time.process_time() - begin) * 1e3
    print(json.dumps({"milliseconds": milliseconds, "mean": counts.mean(), "variance": counts.var()}), flush=True)
