"""Code of the modules that components add to a model; every one keeps shape, dtype and device."""

from __future__ import annotations

from agents.grammar.component import Definition

RMS_NORM = Definition(
    "RmsNorm",
    '''\
class RmsNorm($nn.Module):
    """Division by the root mean square over the features of axis 1 or -1."""

    def __init__(self, features: int, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.scale = $nn.Parameter($torch.ones(features))

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        size = x.square().mean(self.axis, keepdim=True).add(1e-6).rsqrt()
        shape = [1] * x.dim()
        shape[self.axis] = -1
        return x * size * self.scale.view(shape)
''',
)

NOISE = Definition(
    "GaussianNoise",
    '''\
class GaussianNoise($nn.Module):
    """Multiplicative Gaussian noise with mean one, in training only."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        if not self.training:
            return x
        return x * (1 + self.deviation * $torch.randn_like(x))
''',
)

SKIP = Definition(
    "Skip",
    '''\
class Skip($nn.Module):
    """A layer plus its input, where their shapes agree."""

    def __init__(self, layer: $nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        y = self.layer(x)
        return x + y if x.shape == y.shape else y
''',
)

REZERO = Definition(
    "ReZero",
    '''\
class ReZero($nn.Module):
    """Input plus a layer scaled by a learned factor that starts at zero."""

    def __init__(self, layer: $nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.scale = $nn.Parameter($torch.zeros(()))

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        y = self.layer(x)
        return x + self.scale * y if x.shape == y.shape else y
''',
)

PROJECTED = Definition(
    "ProjectedSkip",
    '''\
class ProjectedSkip($nn.Module):
    """A linear layer beside a second one without bias: a skip between unequal widths."""

    def __init__(self, layer: $nn.Module, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = layer
        self.skip = $nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        return self.layer(x) + self.skip(x)
''',
)

FEATURE_GATE = Definition(
    "FeatureGate",
    '''\
class FeatureGate($nn.Module):
    """Each feature multiplied by a learned gate between 0 and 2 that sees all features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gate = $nn.Linear(features, features)

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        return x * 2 * $torch.sigmoid(self.gate(x))
''',
)

CHANNEL_GATE = Definition(
    "ChannelGate",
    '''\
class ChannelGate($nn.Module):
    """Squeeze and excitation: each channel times a learned gate that sees the means of all."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = $nn.Linear(channels, channels)

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        weights = 2 * $torch.sigmoid(self.gate(x.flatten(2).mean(2)))
        return x * weights.view(*weights.shape, *[1] * (x.dim() - 2))
''',
)

ATTENTION = Definition(
    "PositionAttention",
    '''\
class PositionAttention($nn.Module):
    """Dot-product attention between all positions, added to the input by a factor that starts at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = $nn.Linear(channels, 3 * channels)
        self.scale = $nn.Parameter($torch.zeros(()))

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        positions = x.flatten(2).transpose(1, 2)
        query, key, value = self.mix(positions).chunk(3, dim=-1)
        scores = query @ key.transpose(1, 2) / query.shape[-1] ** 0.5
        mixed = scores.softmax(dim=-1) @ value
        return x + self.scale * mixed.transpose(1, 2).reshape(x.shape)
''',
)

ADAPTER = Definition(
    "LowRankAdapter",
    '''\
class LowRankAdapter($nn.Module):
    """A bottleneck of low rank added to its input; starts as the identity."""

    def __init__(self, features: int, rank: int) -> None:
        super().__init__()
        self.down = $nn.Linear(features, rank)
        self.up = $nn.Linear(rank, features)
        $nn.init.zeros_(self.up.weight)
        $nn.init.zeros_(self.up.bias)

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        return x + self.up($torch.tanh(self.down(x)))
''',
)

MODULATION = Definition(
    "Modulation",
    '''\
class Modulation($nn.Module):
    """Features scaled and shifted by a soft choice among learned embeddings."""

    def __init__(self, features: int, styles: int) -> None:
        super().__init__()
        self.choose = $nn.Linear(features, styles)
        self.scale = $nn.Parameter($torch.zeros(styles, features))
        self.shift = $nn.Parameter($torch.zeros(styles, features))

    def forward(self, x: $torch.Tensor) -> $torch.Tensor:
        choice = self.choose(x).softmax(dim=-1)
        return x * (1 + choice @ self.scale) + choice @ self.shift
''',
)

WEIGHT_NORMED = Definition(
    "weight_normed",
    '''\
def weight_normed(layer: $nn.Module) -> $nn.Module:
    """The layer with length and direction of its weights learned apart."""
    return $nn.utils.parametrizations.weight_norm(layer)
''',
)
