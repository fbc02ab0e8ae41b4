"""Code of the optimizers and schedules that components add to a recipe.

`$base` is the present optimizer as the file writes it and `$name` the new class; `{...}` is filled in per variant.
"""

from __future__ import annotations

from agents.grammar.component import Definition

CLIPPED = '''\
class $name($base):
    """Clips the norm of all gradients before each step."""

    max_norm = {limit}

    def step(self, closure=None):
        held = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        $nn.utils.clip_grad_norm_(held, self.max_norm)
        return super().step(closure)
'''

CENTRED = '''\
class $name($base):
    """Takes the mean out of each unit's gradient before each step."""

    def step(self, closure=None):
        held = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        for p in held:
            if p.dim() > 1:
                p.grad = p.grad - p.grad.mean(dim=tuple(range(1, p.dim())), keepdim=True)
        return super().step(closure)
'''

LOOKAHEAD = '''\
class $name($base):
    """Lookahead: every `every` steps weights return half-way to their slow average."""

    every = 5
    share = 0.5
    taken = 0

    def step(self, closure=None):
        held = [p for group in self.param_groups for p in group["params"]]
        if self.taken == 0:
            self.slow = [p.detach().clone() for p in held]
        loss = super().step(closure)
        self.taken += 1
        if self.taken % self.every == 0:
            with $torch.no_grad():
                for p, slow in zip(held, self.slow):
                    slow.lerp_(p, self.share)
                    p.copy_(slow)
        return loss
'''

FEEDBACK = '''\
class $name($base):
    """Adapts the learning rate: up while successive gradients agree, down when they disagree."""

    speed = {speed}
    factor = 1.0
    previous = ()

    def step(self, closure=None):
        held = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        current = [p.grad.detach().clone() for p in held]
        if len(self.previous) == len(current):
            agreement = sum(float((a * b).sum()) for a, b in zip(current, self.previous))
            self.factor *= 1 + self.speed if agreement > 0 else 1 - self.speed
        self.previous = current
        factor = self.factor
        rates = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = group["lr"] * factor
        loss = super().step(closure)
        for group, rate in zip(self.param_groups, rates):
            group["lr"] = rate
        return loss
'''

WARMED = '''\
class $name($base):
    """Raises the learning rate linearly over the first `warm_up` steps."""

    warm_up = {steps}
    taken = 0

    def step(self, closure=None):
        self.taken += 1
        factor = min(1.0, self.taken / self.warm_up)
        rates = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = group["lr"] * factor
        loss = super().step(closure)
        for group, rate in zip(self.param_groups, rates):
            group["lr"] = rate
        return loss
'''

INVERSE_ROOT = '''\
class $name($base):
    """Linear warm-up, then decay with the inverse square root of the step number."""

    warm_up = {steps}
    taken = 0

    def step(self, closure=None):
        self.taken += 1
        factor = min(self.taken / self.warm_up, (self.warm_up / self.taken) ** 0.5)
        rates = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = group["lr"] * factor
        loss = super().step(closure)
        for group, rate in zip(self.param_groups, rates):
            group["lr"] = rate
        return loss
'''

COSINE = Definition(
    "cosine_decay",
    '''\
def cosine_decay(step: int, steps: int) -> float:
    """From one to zero along half a cosine."""
    return 0.5 + 0.5 * float($torch.cos($torch.tensor(3.141592653589793 * min(1.0, step / max(1, steps)))))
''',
)

LINEAR = Definition(
    "linear_decay",
    '''\
def linear_decay(step: int, steps: int) -> float:
    """From one to zero along a line."""
    return max(0.0, 1 - step / max(1, steps))
''',
)
