"""Writes rubin-slews.json: slew times by lsst/rubin_scheduler's KinemModel. Argument: a checkout of the package (86cb1571c).

The two modules are loaded by themselves; what they import of the package serves places on the sky and does not enter, because
altitudes and azimuths are given. The open loop's slope stands in the package as 1/3.5 s/deg, but its conversion to radians is
applied the wrong way round and leaves 0.001 s/deg; the first set has the package as it is, the second the slope as documented.
"""
import importlib.util, json, sys, types
import numpy as np

root = sys.argv[1] + "/rubin_scheduler/"
nothing = lambda *args, **kwargs: np.zeros(1)
converter = types.SimpleNamespace(_rottelpos2rotskypos=nothing, _rotskypos2rottelpos=nothing)
signed = lambda a, b: (np.asarray(b) - a + np.pi) % (2 * np.pi) - np.pi
stubs = {
    "rubin_scheduler": {}, "rubin_scheduler.scheduler": {}, "rubin_scheduler.scheduler.model_observatory": {},
    "rubin_scheduler.scheduler.utils": {"smallest_signed_angle": lambda a, b: np.atleast_1d(signed(a, b))},
    "rubin_scheduler.utils": {
        "Site": lambda name: types.SimpleNamespace(latitude=-30.2446, longitude=-70.7494),
        "_approx_alt_az2_ra_dec": nothing, "_approx_altaz2pa": nothing, "_approx_ra_dec2_alt_az": nothing,
        "rotation_converter": lambda telescope: converter,
    },
}
for name, members in stubs.items():
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
for name in ("jerk", "kinem_model"):
    full = "rubin_scheduler.scheduler.model_observatory." + name
    spec = importlib.util.spec_from_file_location(full, root + "scheduler/model_observatory/" + name + ".py")
    sys.modules[full] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[full])
KinemModel = sys.modules[full].KinemModel

rng = np.random.default_rng(20261121)
cases = []
for i in range(60):
    small = i % 3 == 0
    alt0, az0 = rng.uniform(22, 84), rng.uniform(0, 360)
    alt1 = np.clip(alt0 + rng.uniform(-4, 4), 21, 86) if small else rng.uniform(22, 84)
    az1 = (az0 + rng.uniform(-6, 6)) % 360 if small else rng.uniform(0, 360)
    turns = [k for k in (az0 - 360, az0) if -250 <= k <= 250]
    axis0 = turns[rng.integers(len(turns))]
    # Less than a quarter turn: farther away, a camera upside down would be nearer.
    rot0 = rng.uniform(-85, 85) if i % 2 else 0.0
    rot1 = float(np.clip(rot0 + rng.uniform(-85, 85), -85, 85)) if i % 2 else 0.0
    alt0, az0, alt1, az1, axis0, rot0, rot1 = (round(float(v), 4) for v in (alt0, az0, alt1, az1, axis0, rot0, rot1))
    as_documented = i >= 30
    fast_dome = i % 4 >= 2
    model = KinemModel()
    if fast_dome:
        model.setup_dome(azimuth_maxspeed=20, azimuth_accel=20, altitude_maxspeed=20, altitude_accel=20)
    slope = 3.5 if as_documented else 1 / 3.5 / np.radians(1.0) ** 2
    if as_documented:
        model.setup_optics(ol_slope=3.5 * np.radians(1.0) ** 2)
    model.parked = False
    model.cumulative_azimuth_rad = np.radians(axis0)
    rad = lambda v: np.array([np.radians(v)])
    times = model.slew_times(
        None, None, 0.0, alt_rad=rad(alt1), az_rad=rad(az1), starting_alt_rad=rad(alt0), starting_az_rad=rad(az0),
        rot_tel_pos=rad(rot1), starting_rot_tel_pos_rad=np.radians(rot0), lax_dome=False,
    )
    cases.append({
        "from": {"altitudeDeg": alt0, "azimuthDeg": az0, "azimuthAxisDeg": axis0, "rotatorDeg": rot0},
        "to": {"altitudeDeg": alt1, "azimuthDeg": az1, "rotatorDeg": rot1},
        "openLoopSPerDeg": float(1 / slope), "fastDome": fast_dome, "slewS": float(times[0]),
    })
print(json.dumps({
    "source": "lsst/rubin_scheduler 86cb1571c, KinemModel.slew_times, defaults with lax_dome=False: numbers only, by rubin-slews.py",
    "date": "2026-11-21", "cases": cases}, indent=1))
