"""Makes test/truth/twin/projection.json: where stars fall on the chip, by astropy's AltAz frame (ERFA's apparent places and refraction).

Run: python test/truth/twin/projection.py > test/truth/twin/projection.json
"""
import json

import astropy
import astropy.units as u
import numpy as np
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = 'warn'

SITE = dict(latitudeDeg=28.7606, longitudeDeg=-17.8816, elevationM=2396)
SCALE_ARCSEC = 206264.80624709636 * 13.5e-6 / 1.54
HALF = (2048 - 1) / 2
STEP = 1e-3


def vector(place):
    """Unit vector; east, north, up."""
    alt, az = place.alt.rad, place.az.rad
    return np.array([np.cos(alt) * np.sin(az), np.cos(alt) * np.cos(az), np.sin(alt)])


def field(utc, ra, dec, wavelength_nm):
    time = Time(utc, scale='utc')
    time.delta_ut1_utc = 0
    location = EarthLocation.from_geodetic(SITE['longitudeDeg'], SITE['latitudeDeg'], SITE['elevationM'])
    h = SITE['elevationM']
    air = dict(pressure=1013.25 * (1 - 2.25577e-5 * h) ** 5.25588 * u.hPa, temperature=(15 - 0.0065 * h) * u.deg_C,
               relative_humidity=0)

    def seen(places, nm):
        return vector(places.transform_to(AltAz(obstime=time, location=location, obswl=nm * u.nm, **air)))

    centre = SkyCoord(ra, dec, unit='deg')
    axis = seen(centre, 550)
    rise = seen(centre.directional_offset_by(0 * u.deg, STEP * u.deg), 550) - seen(
        centre.directional_offset_by(180 * u.deg, STEP * u.deg), 550)
    north = rise - (rise @ axis) * axis
    north /= np.linalg.norm(north)
    east = np.cross(north, axis)
    stars = []
    for angle in range(0, 360, 45):
        for distance in (0.25, 0.7):
            star = centre.directional_offset_by(angle * u.deg, distance * u.deg)
            v = seen(star, wavelength_nm)
            xi, eta = np.degrees(v @ east / (v @ axis)), np.degrees(v @ north / (v @ axis))
            stars.append(dict(raDeg=star.ra.deg, decDeg=star.dec.deg, x=HALF - xi * 3600 / SCALE_ARCSEC,
                              y=HALF + eta * 3600 / SCALE_ARCSEC))
    altitude = centre.transform_to(AltAz(obstime=time, location=location, obswl=550 * u.nm, **air)).alt.deg
    return dict(utc=utc, raDeg=ra, decDeg=dec, wavelengthNm=wavelength_nm, altitudeDeg=altitude, stars=stars)


fields = [
    field('2026-11-10T23:30:00', 43.209, 35.2, 622.1),
    field('2026-11-10T23:30:00', 350.0, 5.0, 480.7),
    field('2026-11-10T23:30:00', 0.1, -20.0, 868.0),
    field('2026-11-10T23:30:00', 20.0, 89.8, 622.1),
    field('2027-05-01T02:00:00', 230.0, -25.0, 372.4),
]
print(json.dumps(dict(by='astropy ' + astropy.__version__ + ', test/truth/twin/projection.py', site=SITE, fields=fields), indent=1))
