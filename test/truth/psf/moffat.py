"""Light on pixels of Moffat profiles, round and drawn out, by GalSim with a hundred times its default accuracy; writes moffat.json."""
import json
import pathlib

import galsim

cases = []
accuracy = galsim.GSParams(folding_threshold=5e-5, maxk_threshold=1e-6, kvalue_accuracy=1e-8, xvalue_accuracy=1e-8)
for fwhm, ratio, angle, x, y in [(1.27, 1, 0, 0.3, -0.2), (1.6, 1.25, 0, 0, 0), (2.2, 1.4, 30, -0.4, 0.1), (4, 2, 110, 0.25, 0.45)]:
    profile = galsim.Moffat(beta=3.5, fwhm=fwhm, gsparams=accuracy)
    profile = profile.shear(q=1 / ratio, beta=angle * galsim.degrees)
    image = profile.drawImage(nx=11, ny=11, scale=1, offset=(x, y), dtype=float)
    cases.append({"fwhmPix": fwhm, "ratio": ratio, "angleDeg": angle, "x": x, "y": y, "shares": [round(float(v), 9) for v in image.array.ravel()]})
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"source": f"GalSim {galsim.__version__}, test/truth/psf/moffat.py", "cases": cases}) + "\n")
