"""Components of the training recipe: optimizer, learning rate, schedule, gradients and averaging of weights."""

from __future__ import annotations

from collections.abc import Iterator

from agents.grammar.component import Component, Mutation
from agents.grammar.literal_mutations import Change, SetKeyword, SetNamed, times, to
from agents.grammar.optimizer_mutations import Decay, ExtendOptimizer, SwapOptimizer, WarmUp
from agents.grammar.optimizer_sources import CENTRED, CLIPPED, COSINE, FEEDBACK, INVERSE_ROOT, LINEAR, LOOKAHEAD, WARMED

RATE = ("lr", "learning_rate", "base_lr", "max_lr", "peak_lr", "init_lr")
WARM_UP = ("warmup", "warmup_steps", "warmup_iters", "num_warmup_steps", "n_warmup", "warm_up")
DECAY = ("weight_decay", "wd", "l2")
FOREIGN_TO_ADAM = ("momentum", "nesterov", "dampening", "alpha", "centered", "lr_decay", "initial_accumulator_value")
ADAPTIVE = ("torch.optim.AdamW", "torch.optim.Adam", "torch.optim.NAdam", "torch.optim.RAdam")


def _component(id: str, title: str, cues: dict[str, float], mechanism: str, *variants: Mutation) -> Component:
    return Component(id=id, title=title, cues=cues, mechanism=mechanism, variants=variants)


def optimisation_components() -> Iterator[Component]:
    """Every component of this module."""
    yield from _optimizers()
    yield from _rates()
    yield from _schedules()
    yield from _gradients()


def _optimizers() -> Iterator[Component]:
    yield _component(
        "optimizer:sgd-momentum",
        "SGD with Nesterov momentum as optimizer",
        {"sgd": 1.5, "stochastic gradient descent": 1.5, "momentum": 1.5, "nesterov": 2.5, "momentum optimizer*": 2.5},
        "SGD with momentum follows the plain gradient, which often generalises differently from adaptive methods.",
        SwapOptimizer(
            "SGD",
            ("Adam", "AdamW", "NAdam", "RAdam"),
            ("betas", "eps", "amsgrad", "momentum_decay", "capturable"),
            {"momentum": "0.9", "nesterov": "True"},
            times(10),
        ),
    )
    yield _component(
        "optimizer:adamw",
        "AdamW as optimizer",
        {"adam": 1.5, "adamw": 2.5, "adaptive moment": 2.5, "decoupled weight decay": 3.0, "adam optimizer": 2.0},
        "AdamW scales each parameter's step by its own gradient history and decays weights apart from it.",
        SwapOptimizer("AdamW", ("SGD", "RMSprop", "Adagrad"), FOREIGN_TO_ADAM, {}, _adam_rate),
        SwapOptimizer("AdamW", ("Adam",), (), {}, _same),
    )
    yield _component(
        "optimizer:radam",
        "Rectified Adam as optimizer",
        {"radam": 3.0, "rectified adam": 3.0, "adaptive learning rate*": 1.0, "variance of the adaptive": 2.0},
        "Rectified Adam damps steps while the estimate of the gradient's variance is still poor.",
        SwapOptimizer("RAdam", ("Adam", "AdamW"), ("amsgrad",), {}, _same),
    )
    shared = {"adam optimizer": 1.2, "β2": 2.0, "beta2": 2.0, "exponential moving average*": 1.0, "second moment": 1.5}
    for second, name in (("0.98", "shorter"), ("0.95", "much-shorter")):
        yield _component(
            f"optimizer:{name}-memory",
            f"Adam with second-moment decay {second}",
            shared | {f"β2 = {second}": 3.0, f"beta2 = {second}": 3.0},
            "A shorter memory of squared gradients follows a changing gradient scale faster.",
            SetKeyword(ADAPTIVE, "betas", to(f"(0.9, {second})"), f"(0.9, {second})"),
        )


def _same(_: str) -> None:
    return None


def _adam_rate(text: str) -> str | None:
    """A rate in SGD's usual range becomes a tenth; a small one fits Adam already."""
    return times(0.1)(text) if float(text) >= 0.01 else None


def _rates() -> Iterator[Component]:
    shared = {"learning rate*": 1.2, "step size*": 1.0, "convergence speed": 0.6}
    yield _component(
        "learning-rate:higher",
        "Higher learning rate",
        shared
        | {"larg* learning rate*": 3.0, "high* learning rate*": 3.0, "faster convergence": 1.0, "accelerat*": 0.3},
        "A higher learning rate covers more ground in a fixed budget of steps.",
        *(SetNamed(RATE, times(factor), factor) for factor in (3, 1.5, 10)),
    )
    yield _component(
        "learning-rate:lower",
        "Lower learning rate",
        shared
        | {
            "small* learning rate*": 3.0,
            "low* learning rate*": 3.0,
            "diverge*": 1.0,
            "instabilit*": 0.8,
            "unstable": 0.8,
        },
        "A lower learning rate settles closer to a minimum and avoids divergence.",
        *(SetNamed(RATE, times(1 / factor), factor) for factor in (3, 1.5, 10)),
    )
    yield _component(
        "learning-rate:adaptive",
        "Learning rate adapted by the agreement of successive gradients",
        {
            "learning rate* adapt*": 3.0,
            "adapt* learning rate*": 3.0,
            "adapt* the learning rate": 3.0,
            "adjust* the learning rate": 3.0,
            "learning rate adjustment*": 2.5,
            "dynamic* learning rate*": 3.0,
            "hypergradient": 3.0,
            "learning rate*": 0.6,
        },
        "A rate that follows feedback rises while steps agree and falls when they overshoot (Baydin et al. 2018).",
        *(ExtendOptimizer("Feedback", FEEDBACK.format(speed=speed), speed) for speed in (0.05, 0.02, 0.1)),
    )
    values = {"torch.optim.SGD": "5e-4", "torch.optim.AdamW": "0.1", "torch.optim.Adam": "1e-4"}
    yield _component(
        "weight-decay:stronger",
        "Stronger weight decay",
        {"weight decay": 2.5, "l2 regulari*": 2.5, "overfit*": 0.7, "regulari*": 0.5},
        "Stronger decay keeps weights small and the function smoother.",
        SetNamed(DECAY, times(10, high=0.5)),
        SetNamed(DECAY, times(2, high=0.5)),
        *(SetKeyword((callee,), "weight_decay", _raised(value), value) for callee, value in values.items()),
    )


def _raised(value: str) -> Change:
    return lambda text: times(10, high=0.5)(text) if float(text) > 0 else value


def _schedules() -> Iterator[Component]:
    shared = {"learning rate schedul*": 2.0, "schedule*": 0.5, "learning rate decay": 1.5, "anneal*": 0.8}
    yield _component(
        "schedule:cosine",
        "Cosine decay of the learning rate",
        shared | {"cosine": 2.0, "cosine anneal*": 3.0, "cosine decay": 3.0},
        "A rate that falls along a cosine keeps large steps early and small ones at the end.",
        Decay(COSINE),
    )
    yield _component(
        "schedule:linear",
        "Linear decay of the learning rate to zero",
        shared | {"linear decay": 3.0, "linearly decay*": 3.0, "step decay": 1.5, "decay* the learning rate": 2.0},
        "A rate that falls to zero averages out the noise of the last steps.",
        Decay(LINEAR),
    )
    yield _component(
        "schedule:warm-up",
        "Warm-up of the learning rate",
        shared
        | {
            "warmup & learning rate*": 3.0,
            "warm up & learning rate*": 3.0,
            "warmup step*": 2.0,
            "early stage* & learning rate*": 0.8,
        },
        "Small first steps protect the weights while gradients and optimizer statistics are still unreliable.",
        WarmUp(WARM_UP, 10),
        WarmUp(WARM_UP, 20, 0.5),
        WarmUp(WARM_UP, 4, 2),
        SetNamed(WARM_UP, times(2)),
        *(ExtendOptimizer("Warmed", WARMED.format(steps=steps), steps) for steps in (100, 20, 500)),
    )
    yield _component(
        "schedule:inverse-root",
        "Warm-up, then decay with the inverse square root of the step",
        shared | {"inverse square root": 3.0, "warmup step*": 2.0, "warmup & learning rate*": 1.2},
        "The inverse square root keeps steps useful for long while the first ones stay small.",
        *(ExtendOptimizer("Rooted", INVERSE_ROOT.format(steps=steps), steps) for steps in (20, 5, 100)),
    )


def _gradients() -> Iterator[Component]:
    clip = {
        "gradient clipping": 3.0,
        "clip* the gradient*": 3.0,
        "gradient norm*": 1.5,
        "exploding gradient*": 2.5,
        "instabilit*": 0.5,
    }
    yield _component(
        "gradient:clipping",
        "Gradients clipped by norm",
        clip,
        "Clipping bounds the damage of a single bad batch.",
        SetNamed(("max_norm", "grad_clip", "clip_grad", "clip", "max_grad_norm"), times(0.5)),
        *(ExtendOptimizer("Clipped", CLIPPED.format(limit=limit), limit) for limit in (1.0, 5.0)),
    )
    yield _component(
        "gradient:centralisation",
        "Centralised gradients",
        {
            "gradient centrali*": 3.0,
            "gradient normali*": 2.0,
            "condition number": 1.0,
            "lipschitz": 0.8,
            "loss landscape": 1.0,
        },
        "A gradient without its mean constrains the weights and smooths the loss (Yong et al. 2020).",
        ExtendOptimizer("Centred", CENTRED),
    )
    yield _component(
        "averaging:lookahead",
        "Lookahead averaging of weights",
        {
            "weight averaging": 3.0,
            "averag* checkpoint*": 3.0,
            "checkpoint averag*": 3.0,
            "averag* the last": 2.5,
            "lookahead": 3.0,
            "moving average of the weight*": 3.0,
            "ensemble*": 1.0,
            "flat minim*": 1.2,
            "polyak": 2.0,
        },
        "Averaging weights along the way cancels the noise of single steps (Zhang et al. 2019).",
        ExtendOptimizer("Lookahead", LOOKAHEAD),
    )
