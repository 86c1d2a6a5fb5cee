"""Planets that attract each other: bodies are lists of floats."""

SUN_MASS = 39.47841760435743
DAYS = 365.24


def bodies():
    return [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SUN_MASS],
        [4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
         0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS,
         0.000954791938424326609 * SUN_MASS],
        [8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
         -0.00276742510726411 * DAYS, 0.00499852801234917 * DAYS, 0.0000230417297573763 * DAYS,
         0.000285885980666130812 * SUN_MASS],
        [12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
         0.00296460137564761618 * DAYS, 0.00237847173959480950 * DAYS, -0.0000296589568540237556 * DAYS,
         0.0000436624404335156298 * SUN_MASS],
        [15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
         0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS,
         0.0000515138902046611451 * SUN_MASS],
    ]


def advance(system, dt, steps):
    count = len(system)
    for _ in range(steps):
        for i in range(count):
            a = system[i]
            for j in range(i + 1, count):
                b = system[j]
                dx = a[0] - b[0]
                dy = a[1] - b[1]
                dz = a[2] - b[2]
                distance2 = dx * dx + dy * dy + dz * dz
                pull = dt / (distance2 * distance2**0.5)
                a[3] -= dx * b[6] * pull
                a[4] -= dy * b[6] * pull
                a[5] -= dz * b[6] * pull
                b[3] += dx * a[6] * pull
                b[4] += dy * a[6] * pull
                b[5] += dz * a[6] * pull
        for body in system:
            body[0] += dt * body[3]
            body[1] += dt * body[4]
            body[2] += dt * body[5]


def energy(system):
    total = 0.0
    for i, (x, y, z, vx, vy, vz, mass) in enumerate(system):
        total += 0.5 * mass * (vx * vx + vy * vy + vz * vz)
        for other in system[i + 1 :]:
            dx, dy, dz = x - other[0], y - other[1], z - other[2]
            total -= mass * other[6] / (dx * dx + dy * dy + dz * dz) ** 0.5
    return total


def main():
    system = bodies()
    advance(system, 0.01, 2500)
    return round(energy(system), 9)
