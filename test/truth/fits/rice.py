"""Writes rice.json: rows of integers and their RICE_1 bytes by CFITSIO (fits_rcomp, fits_rcomp_short, fits_rcomp_byte).

Run: python3 test/truth/fits/rice.py > test/truth/fits/rice.json
"""

import datetime
import json
import tempfile

import fitsio
import numpy as np
from astropy.io import fits

WIDTH = 75
rng = np.random.default_rng(7)


def rows(dtype):
    """Rows of all kinds: constant, quiet, noisy, with steps, over the whole range, alternating between the ends."""
    info = np.iinfo(dtype)
    low, high, middle = int(info.min), int(info.max), (int(info.min) + int(info.max)) // 2
    clip = lambda values: np.clip(np.rint(values), low, high).astype(dtype)
    step = np.full(WIDTH, middle)
    step[40:] = high
    spike = rng.normal(middle, 2, WIDTH)
    spike[33] = high
    return np.array([
        np.full(WIDTH, low, dtype),
        np.full(WIDTH, high, dtype),
        clip(rng.normal(middle, 0.3, WIDTH)),
        clip(rng.normal(middle, 3, WIDTH)),
        clip(rng.normal(middle, (high - low) / 100, WIDTH)),
        clip(step),
        clip(spike),
        clip(np.arange(WIDTH) + middle),
        rng.integers(low, high, WIDTH, dtype=dtype, endpoint=True),
        np.where(np.arange(WIDTH) % 2 == 0, low, high).astype(dtype),
    ])


cases = []
for bitpix, dtype in [(8, np.uint8), (16, np.int16), (32, np.int32)]:
    image = rows(dtype)
    with tempfile.NamedTemporaryFile(suffix='.fits.fz') as file:
        with fitsio.FITS(file.name, 'rw', clobber=True) as out:
            out.write(image, compress='rice', tile_dims=(1, WIDTH))
        with fits.open(file.name, disable_image_compression=True) as hdus:
            header, table = hdus[1].header, hdus[1].data
            assert header['ZBITPIX'] == bitpix and header['ZVAL2'] == bitpix // 8 and header['ZVAL1'] == 32
            for row, coded in zip(image, table['COMPRESSED_DATA']):
                cases.append({'bitpix': bitpix, 'pixels': row.tolist(), 'codedHex': bytes(coded.astype(np.uint8)).hex()})

print(json.dumps({
    'source': f'CFITSIO {fitsio.cfitsio_version()} by fitsio {fitsio.__version__}; test/truth/fits/rice.py',
    'date': datetime.date.today().isoformat(),
    'cases': cases,
}))
