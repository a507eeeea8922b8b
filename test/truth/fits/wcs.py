"""Writes wcs.json: pixels and places of TAN world coordinate systems by astropy.wcs (WCSLIB).

Run: /usr/bin/python3 test/truth/fits/wcs.py > test/truth/fits/wcs.json
"""

import datetime
import json

import astropy
import numpy as np
from astropy.wcs import WCS, _wcs

SCALE = 1.81 / 3600


def rotated(scale, angle_deg):
    """CD matrix with north up and east left, turned by the angle from north through east."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return [-scale * c, scale * s, scale * s, scale * c]


CASES = {
    'equator': (83.822, -5.391, 1024.5, 1024.5, rotated(SCALE, 0)),
    'turned': (201.365, -43.019, 1024.5, 1024.5, rotated(SCALE, 37.5)),
    'mirrored': (10.6847, 41.2688, 100.25, 2000.75, [SCALE, 0, 0, SCALE]),
    'right ascension 0': (0.0, 12.0, 1024.5, 1024.5, rotated(SCALE, 0)),
    'right ascension 359.99': (359.99, -60.0, 1024.5, 1024.5, rotated(SCALE, -120)),
    'near the north pole': (37.95, 89.9, 1024.5, 1024.5, rotated(SCALE, 10)),
    'north pole': (120.0, 90.0, 1024.5, 1024.5, rotated(SCALE, 0)),
    'south pole': (300.0, -90.0, 1024.5, 1024.5, rotated(SCALE, 0)),
    'one degree a pixel: the tangent plane itself': (150.0, 30.0, 0.0, 0.0, [1, 0, 0, 1]),
}
PIXELS = [(1, 1), (1024.5, 1024.5), (1024.5, 1100.0), (2048, 2048), (1, 2048), (2048, 1), (333.3, 1777.7), (-500, 900)]
PLANE = [(0, 0), (1e-6, 0), (0, -1e-6), (1, 1), (-30, 10), (57.29577951308232, 0), (0, 200), (-400, -300)]

cases = []
for name, (ra, dec, x0, y0, cd) in CASES.items():
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ['RA---TAN', 'DEC--TAN']
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [x0, y0]
    wcs.wcs.cd = [cd[0:2], cd[2:4]]
    wcs.wcs.lonpole = 180
    wcs.wcs.radesys = 'ICRS'
    pixels = PLANE if x0 == 0 else PIXELS
    places = wcs.wcs_pix2world(pixels, 1)
    back = wcs.wcs_world2pix(places, 1)
    assert np.allclose(back, pixels, atol=1e-7), name
    cases.append({
        'name': name,
        'wcs': dict(zip(
            ['crval1Deg', 'crval2Deg', 'crpix1', 'crpix2', 'cd11', 'cd12', 'cd21', 'cd22'], [ra, dec, x0, y0, *map(float, cd)])),
        'points': [{'x': x, 'y': y, 'raDeg': r, 'decDeg': d} for (x, y), (r, d) in zip(pixels, places.tolist())],
    })

print(json.dumps({
    'source': f'astropy {astropy.__version__}, WCSLIB {_wcs.__version__}; test/truth/fits/wcs.py',
    'date': datetime.date.today().isoformat(),
    'cases': cases,
}, indent=1))
