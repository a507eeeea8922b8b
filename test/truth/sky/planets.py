"""Makes test/truth/sky/planets.json: where the planets stand, without air, by astropy's built-in ephemeris and AltAz frame.

Run: python test/truth/sky/planets.py > test/truth/sky/planets.json
"""
import json

import astropy
import astropy.units as u
from astropy.coordinates import AltAz, EarthLocation, get_body
from astropy.time import Time
from astropy.utils import iers

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = 'warn'
location = EarthLocation.from_geodetic(-17.8816, 28.7606, 2396)
rows = []
for utc in ('2026-11-10T23:30:00', '2027-02-20T04:00:00', '2025-07-01T22:00:00'):
    time = Time(utc, scale='utc')
    time.delta_ut1_utc = 0
    for name in ('Venus', 'Mars', 'Jupiter', 'Saturn', 'Uranus', 'Neptune'):
        body = get_body(name.lower(), time, location, ephemeris='builtin')
        at = body.transform_to(AltAz(obstime=time, location=location, pressure=0 * u.hPa))
        rows.append(dict(utc=utc, name=name, altitudeDeg=at.alt.deg, azimuthDeg=at.az.deg, distanceAu=body.distance.au))
print(json.dumps(dict(by='astropy ' + astropy.__version__ + ', test/truth/sky/planets.py', planets=rows), indent=1))
