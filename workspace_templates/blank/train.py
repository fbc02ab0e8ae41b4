"""Logistic regression on two overlapping clouds of points, by stochastic gradient descent. Replace it by your own."""

import argparse
import math
import random


def points(count: int, rng: random.Random) -> list[tuple[float, float, int]]:
    """Points (x, y, label); the clouds overlap, so no model reaches a loss of zero."""
    labels = [rng.randrange(2) for _ in range(count)]
    return [(rng.gauss(2 * label - 1, 1.5), rng.gauss(1 - 2 * label, 1.5), label) for label in labels]


def probability(weights: list[float], x: float, y: float) -> float:
    """Probability of label 1, kept away from 0 and 1 so that its logarithm is finite."""
    score = weights[0] * x + weights[1] * y + weights[2]
    return min(max(0.5 + 0.5 * math.tanh(score / 2), 1e-9), 1 - 1e-9)


def train(data: list[tuple[float, float, int]], seed: int, epochs: int, lr: float = 0.2) -> list[float]:
    """The weights after `epochs` passes; the seed draws the start and the order."""
    rng = random.Random(seed)
    weights = [rng.gauss(0, 1) for _ in range(3)]
    for epoch in range(epochs):
        for x, y, label in rng.sample(data, len(data)):
            error = probability(weights, x, y) - label
            weights = [w - lr * error * value for w, value in zip(weights, (x, y, 1.0), strict=True)]
        print(f"epoch {epoch + 1}/{epochs}", flush=True)
    return weights


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    # The data are the same in every trial; only start and order differ.
    training, validation = points(200, random.Random(1)), points(1000, random.Random(2))
    fitted = train(training, arguments.seed, arguments.epochs)
    losses = [-math.log(abs(1 - label - probability(fitted, x, y))) for x, y, label in validation]
    print(f"val_loss: {math.fsum(losses) / len(losses):.6f}")
