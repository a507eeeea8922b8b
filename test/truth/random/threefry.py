"""Words of Threefry-2x32-13 by numpy, from the description in Salmon, Moraes, Dror & Shaw 2011 alone; prints SHA-256 of their bytes."""
import hashlib

import numpy as np


def threefry(key, counter0, counter1, rounds=13):
    ks = [np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[0] ^ key[1] ^ 0x1BD11BDA)]
    x = counter0 + ks[0]
    y = counter1 + ks[1]
    for r in range(rounds):
        bits = np.uint32([13, 15, 26, 6, 17, 29, 16, 24][r % 8])
        x = x + y
        y = ((y << bits) | (y >> (np.uint32(32) - bits))) ^ x
        if r % 4 == 3:
            n = r // 4 + 1
            x = x + ks[n % 3]
            y = y + ks[(n + 1) % 3] + np.uint32(n)
    return np.stack([x, y], axis=-1)


with np.errstate(over="ignore"):
    for key, first, lane, pairs in [((1, 2), 0, 0, 4096), ((0x9E3779B9, 0xDEADBEEF), 0xFFFFFF00, 77, 1001)]:
        counter0 = (np.arange(pairs, dtype=np.uint64) + first).astype(np.uint32)
        words = threefry(key, counter0, np.full(pairs, lane, dtype=np.uint32))
        print(key, first, lane, pairs, hashlib.sha256(words.astype("<u4").tobytes()).hexdigest())
    print(["%08x" % w for w in threefry((0x13198A2E, 0x03707344), np.uint32([0x243F6A88]), np.uint32([0x85A308D3])).ravel()])
