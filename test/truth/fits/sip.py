"""Writes sip.json: pixels and places of TAN-SIP world coordinate systems by astropy.wcs.

Run: python3 test/truth/fits/sip.py > test/truth/fits/sip.json
"""

import datetime
import json

import astropy
import numpy as np
from astropy.wcs import WCS, Sip

SCALE = 1.8 / 3600


def terms(order, seed, greatest_pix, reach):
    """Random terms from the second power on, each worth up to greatest_pix at the reach."""
    rng = np.random.default_rng(seed)
    out = np.zeros((order + 1, order + 1))
    for p in range(order + 1):
        for q in range(order + 1 - p):
            if p + q >= 2:
                out[p, q] = rng.uniform(-1, 1) * greatest_pix / reach ** (p + q)
    return out


CASES = [
    ('order 2', 2, 10.0, 41.0, 1024.5, 1024.5, 0.0, 3.0),
    ('order 3, near the pole', 3, 200.0, 88.5, 1000.25, 1100.75, 25.0, 5.0),
    ('order 4, right ascension 0', 4, 0.01, -33.0, 1024.5, 1024.5, 180.0, 8.0),
    ('order 5, tangent point outside', 5, 300.0, 10.0, -500.0, 2500.0, -70.0, 4.0),
]
PIXELS = [(1, 1), (1024.5, 1024.5), (2048, 2048), (1, 2048), (2048, 1), (333.3, 1777.7), (1500.5, 80.25)]

cases = []
for i, (name, order, ra, dec, x0, y0, angle, greatest) in enumerate(CASES):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    cd = [[-SCALE * c, SCALE * s], [SCALE * s, SCALE * c]]
    a, b = terms(order, 10 + i, greatest, 1500), terms(order, 20 + i, greatest, 1500)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ['RA---TAN-SIP', 'DEC--TAN-SIP']
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [x0, y0]
    wcs.wcs.cd = cd
    wcs.wcs.lonpole = 180
    wcs.sip = Sip(a, b, None, None, [x0, y0])
    places = wcs.all_pix2world(PIXELS, 1)
    back = wcs.all_world2pix(places, 1, tolerance=1e-10)
    assert np.allclose(back, PIXELS, atol=1e-7), name
    triangle = lambda full: [[float(full[p, q]) for q in range(order + 1 - p)] for p in range(order + 1)]
    cases.append({
        'name': name,
        'wcs': {
            'crval1Deg': ra, 'crval2Deg': dec, 'crpix1': x0, 'crpix2': y0,
            'cd11': float(cd[0][0]), 'cd12': float(cd[0][1]), 'cd21': float(cd[1][0]), 'cd22': float(cd[1][1]),
            'sip': {'a': triangle(a), 'b': triangle(b)},
        },
        'points': [{'x': x, 'y': y, 'raDeg': r, 'decDeg': d} for (x, y), (r, d) in zip(PIXELS, places.tolist())],
    })

print(json.dumps({
    'source': f'astropy {astropy.__version__}; test/truth/fits/sip.py',
    'date': datetime.date.today().isoformat(),
    'cases': cases,
}, indent=1))
