"""Writes the image and the header of a FITS file to memory with astropy, checksum=True; a line in, milliseconds out."""

import io
import sys
import time

try:
    import astropy
    import numpy
    from astropy.io import fits
except ImportError:
    sys.exit('this interpreter has no astropy: install it (pip install astropy) or name another one in NOCTURNE_PYTHON')

with fits.open(sys.argv[1]) as hdus:
    image, header = hdus[0].data.copy(), hdus[0].header.copy()
print(f'astropy {astropy.__version__}, numpy {numpy.__version__}', flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    out = io.BytesIO()
    fits.PrimaryHDU(image, header).writeto(out, checksum=True)
    print((time.perf_counter() - begin) * 1000, flush=True)
