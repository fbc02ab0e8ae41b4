"""Components that sit in the model: normalisation, regularising noise, residuals, gates, adapters, initialisation."""

from __future__ import annotations

from collections.abc import Iterator

from agents.grammar.component import Component, Definition, Mutation
from agents.grammar.layer_sources import (
    ADAPTER,
    ATTENTION,
    CHANNEL_GATE,
    FEATURE_GATE,
    MODULATION,
    NOISE,
    PROJECTED,
    REZERO,
    RMS_NORM,
    SKIP,
    WEIGHT_NORMED,
)
from agents.grammar.module_mutations import AfterActivation, AfterLayer, WrapLayer

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")


def _initialiser(name: str, call: str, about: str) -> Definition:
    source = (
        f'def {name}(layer: $nn.Module) -> $nn.Module:\n    """The layer with {about}."""\n'
        f"    $nn.init.{call}\n    return layer\n"
    )
    return Definition(name, source)


def _with(modules: tuple[str, ...], template: str) -> dict[str, str]:
    return dict.fromkeys(modules, template)


def _component(id: str, title: str, cues: dict[str, float], mechanism: str, *variants: Mutation) -> Component:
    return Component(id=id, title=title, cues=cues, mechanism=mechanism, variants=variants)


def layer_components() -> Iterator[Component]:
    """Every component of this module."""
    yield from _normalisation()
    yield from _regularisation()
    yield from _paths()
    yield from _gates()
    yield from _adapters()
    yield from _initialisation()


def _normalisation() -> Iterator[Component]:
    shared = {"internal covariate": 1.5, "normali* layer*": 1.5}
    # One group over all channels is layer normalisation for images.
    yield _component(
        "normalisation:layer",
        "Layer normalisation behind hidden layers",
        {**shared, "layer normali*": 3.0, "layernorm": 3.0, "group normali*": 2.0},
        "Layer normalisation keeps the scale of hidden features steady whatever the batch.",
        AfterLayer({"Linear": "$nn.LayerNorm($out)", **_with(CONVOLUTIONS, "$nn.GroupNorm(1, $out)")}),
    )
    yield _component(
        "normalisation:batch",
        "Batch normalisation behind hidden layers",
        {**shared, "batch normali*": 3.0, "batchnorm": 3.0},
        "Batch normalisation keeps hidden features at one scale over a batch and tolerates higher learning rates.",
        AfterLayer(
            {"Linear": "$nn.BatchNorm1d($out)", **{k: f"$nn.BatchNorm{k[-2:]}($out)" for k in CONVOLUTIONS}},
            sequences=False,
        ),
    )
    yield _component(
        "normalisation:rms",
        "Root-mean-square normalisation behind hidden layers",
        {**shared, "rmsnorm": 3.0, "root mean square": 2.0, "layer normali*": 1.2},
        "Dividing by the root mean square steadies the scale at less cost than full layer normalisation.",
        AfterLayer({"Linear": "RmsNorm($out, -1)", **_with(CONVOLUTIONS, "RmsNorm($out, 1)")}, (RMS_NORM,)),
    )
    yield _component(
        "normalisation:weight",
        "Weight normalisation of hidden layers",
        {"weight normali*": 3.0, "reparameteri*": 0.6},
        "Learning the length of a weight vector apart from its direction conditions the optimisation.",
        WrapLayer(WEIGHT_NORMED),
    )


def _regularisation() -> Iterator[Component]:
    shared = {"overfit*": 1.0, "regulari*": 0.8, "generali* gap": 1.0}
    yield _component(
        "regularisation:dropout",
        "Dropout behind hidden activations",
        {**shared, "dropout": 2.5, "drop out": 1.5},
        "Dropout keeps units from relying on each other, which counters overfitting.",
        *(AfterActivation(f"$nn.Dropout({p:g})", strength=p) for p in (0.1, 0.05, 0.2)),
    )
    yield _component(
        "regularisation:noise",
        "Multiplicative Gaussian noise behind hidden activations",
        {**shared, "gaussian noise": 2.0, "noise injection": 2.5, "inject* noise": 2.5, "stochastic regulari*": 2.0},
        "Noise on hidden features smooths the function that is learned.",
        *(AfterActivation(f"GaussianNoise({d:g})", (NOISE,), strength=d) for d in (0.1, 0.05, 0.2)),
    )


def _paths() -> Iterator[Component]:
    cues = {
        "residual connection*": 3.0,
        "skip connection*": 3.0,
        "residual network*": 2.0,
        "resnet": 0.5,
        "vanishing gradient*": 2.0,
        "degradation": 0.6,
        "identity mapping*": 2.0,
        "residual block*": 2.0,
    }
    yield _component(
        "residual:skip",
        "Residual connections around hidden layers of equal width",
        cues,
        "A path around a layer lets gradients reach earlier layers unattenuated.",
        WrapLayer(SKIP, square=True),
    )
    yield _component(
        "residual:rezero",
        "Residual connections whose layers start switched off",
        {term: weight * 0.7 for term, weight in cues.items()} | {"rezero": 3.0, "deep* network*": 0.5},
        "Starting from the identity and learning each layer's share makes depth harmless at the start.",
        WrapLayer(REZERO, square=True),
    )
    yield _component(
        "residual:projection",
        "Projected skip beside hidden linear layers",
        {term: weight * 0.7 for term, weight in cues.items()} | {"projection shortcut*": 3.0},
        "A second linear path of its own scale and without bias changes how the layer is conditioned.",
        WrapLayer(PROJECTED, layers=("Linear",), more=", $into, $out"),
    )


def _gates() -> Iterator[Component]:
    yield _component(
        "gating:feature",
        "Learned gate on hidden features",
        {"gating": 2.0, "gated": 1.5, "gate mechanism*": 2.0, "glu": 2.0, "modulat*": 1.2, "highway": 2.0},
        "A multiplicative gate lets the input decide which features pass.",
        AfterLayer(
            {"Linear": "FeatureGate($out)", **_with(CONVOLUTIONS, "ChannelGate($out)")}, (FEATURE_GATE, CHANNEL_GATE)
        ),
    )
    yield _component(
        "gating:channel",
        "Squeeze-and-excitation gate on channels",
        {
            "squeeze and excitation": 3.0,
            "channel attention": 3.0,
            "channel wise": 1.2,
            "recalibrat*": 1.5,
            "attention mechanism*": 0.7,
        },
        "Channels weighted by what the whole image shows bring global context into a local convolution.",
        AfterLayer(_with(CONVOLUTIONS, "ChannelGate($out)"), (CHANNEL_GATE,)),
    )
    yield _component(
        "attention:positions",
        "Dot-product attention between image positions",
        {
            "self attention": 3.0,
            "scaled dot product": 3.0,
            "attention mechanism*": 2.0,
            "multi head attention": 2.5,
            "attention weight*": 1.0,
            "long range": 1.0,
            "global dependenc*": 1.5,
            "non local": 2.0,
        },
        "Attention relates distant positions in one step, which a small convolution cannot.",
        AfterLayer(_with(CONVOLUTIONS, "PositionAttention($out)"), (ATTENTION,)),
    )


def _adapters() -> Iterator[Component]:
    yield _component(
        "adapter:low-rank",
        "Low-rank adapter behind hidden linear layers",
        {
            "adapter*": 2.5,
            "low rank": 2.5,
            "lora": 2.5,
            "bottleneck": 1.0,
            "parameter efficient": 2.0,
            "fine tun*": 0.5,
        },
        "A small residual bottleneck adds capacity without disturbing what the layer does at the start.",
        *(AfterLayer({"Linear": f"LowRankAdapter($out, {rank})"}, (ADAPTER,), strength=rank) for rank in (8, 4, 16)),
    )
    yield _component(
        "adapter:modulation",
        "Features modulated by learned embeddings",
        {
            "style embedding*": 3.0,
            "learn* embedding*": 2.0,
            "modulat*": 2.0,
            "film & modulat*": 2.0,
            "conditioning": 0.8,
            "style": 0.4,
            "mixture of expert*": 1.5,
            "prototype*": 0.6,
        },
        "A soft choice among learned embeddings lets one layer behave differently for different kinds of input.",
        *(
            AfterLayer({"Linear": f"Modulation($out, {styles})"}, (MODULATION,), strength=styles)
            for styles in (4, 2, 8)
        ),
    )


def _initialisation() -> Iterator[Component]:
    shared = {"initiali* scheme*": 2.0, "weight initiali*": 2.5, "parameter initiali*": 2.0}
    yield _component(
        "initialisation:orthogonal",
        "Orthogonal start of hidden layers",
        {**shared, "orthogonal initiali*": 3.0, "orthogonal*": 1.0, "isometry": 1.5},
        "Orthogonal weights keep the length of signals and gradients through the layers.",
        WrapLayer(_initialiser("orthogonal", "orthogonal_(layer.weight, gain=2**0.5)", "orthogonal weights")),
    )
    yield _component(
        "initialisation:he",
        "He start of hidden layers",
        {**shared, "he initiali*": 3.0, "kaiming": 3.0, "rectifier*": 0.6},
        "Weights drawn for rectified units keep the variance of activations through the layers.",
        WrapLayer(
            _initialiser(
                "he_normal", 'kaiming_normal_(layer.weight, nonlinearity="relu")', "weights drawn after He et al. 2015"
            )
        ),
    )
    yield _component(
        "initialisation:xavier",
        "Xavier start of hidden layers",
        {**shared, "xavier": 3.0, "glorot": 2.0},
        "Weights scaled by inputs and outputs keep both passes at one scale.",
        WrapLayer(_initialiser("xavier", "xavier_uniform_(layer.weight)", "weights drawn after Glorot & Bengio 2010")),
    )
