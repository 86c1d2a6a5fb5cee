"""Particles as objects of classes: attributes, methods, operators, properties, inheritance."""


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y * factor)

    @property
    def length2(self):
        return self.x * self.x + self.y * self.y


class Particle:
    bounces = 0

    def __init__(self, place, speed):
        self.place = place
        self.speed = speed

    def move(self, dt):
        self.place = self.place + self.speed.scaled(dt)
        if not 0.0 <= self.place.x <= 10.0:
            self.bounce()

    def bounce(self):
        self.bounces += 1
        self.speed.x = -self.speed.x


class Heavy(Particle):
    def move(self, dt):
        self.speed.y -= 9.81 * dt
        super().move(dt)


def main():
    particles = []
    for i in range(40):
        kind = Heavy if i % 3 == 0 else Particle
        particles.append(kind(Vector(i * 0.25, 0.0), Vector(1.0 + i * 0.1, 0.5)))
    for _ in range(240):
        for particle in particles:
            particle.move(0.05)
    return sum(p.place.length2 for p in particles), sum(p.bounces for p in particles)
