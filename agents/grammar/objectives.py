"""Components of the loss, of the model's size and of its batches."""

from __future__ import annotations

from collections.abc import Iterator

from agents.grammar.component import Component, Definition, Mutation
from agents.grammar.literal_mutations import ReplaceLoss, SetKeyword, SetNamed, plus, times, to

LOSSES = ("torch.nn.CrossEntropyLoss", "torch.nn.functional.cross_entropy")
WIDTH = (
    "width",
    "hidden",
    "hidden_size",
    "hidden_dim",
    "hidden_units",
    "d_model",
    "n_embd",
    "embed_dim",
    "channels",
    "d_ff",
)
DEPTH = ("depth", "layers", "num_layers", "n_layers", "n_layer", "num_blocks")
_LOSS = '''\
class {name}($nn.CrossEntropyLoss):
    """{about}"""

    def forward(self, logits: $torch.Tensor, target: $torch.Tensor) -> $torch.Tensor:
        losses = $nn.functional.cross_entropy(
            logits,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction="none",
            label_smoothing=self.label_smoothing,
        )
{weights}        if target.shape == losses.shape:
            weights = weights * (target != self.ignore_index)
        return (weights * losses).sum() / weights.sum().clamp_min(1e-8)
'''


def _weighted(name: str, about: str, *lines: str) -> ReplaceLoss:
    """Cross entropy weighted per sample; the lines compute `weights` from `losses` and `logits`, without a gradient."""
    weights = "        with $torch.no_grad():\n" + "".join(f"            {line}\n" for line in lines)
    return ReplaceLoss(Definition(name, _LOSS.format(name=name, about=about, weights=weights)))


def _component(id: str, title: str, cues: dict[str, float], mechanism: str, *variants: Mutation) -> Component:
    return Component(id=id, title=title, cues=cues, mechanism=mechanism, variants=variants)


def objective_components() -> Iterator[Component]:
    """Every component of this module."""
    yield _component(
        "loss:label-smoothing",
        "Label smoothing",
        {"label smoothing": 3.0, "overconfiden*": 1.5, "calibrat*": 1.2, "soft label*": 1.5},
        "Smoothed labels keep the model from growing overconfident.",
        *(SetKeyword(LOSSES, "label_smoothing", to(value), value, float(value)) for value in ("0.1", "0.05", "0.2")),
        *(SetNamed(("label_smoothing", "smoothing"), to(value), float(value)) for value in ("0.1", "0.05", "0.2")),
    )
    yield from _sample_weights()
    yield from _sizes()


def _sample_weights() -> Iterator[Component]:
    yield _component(
        "sample-weight:hard",
        "Loss focused on hard samples",
        {
            "hard sample*": 2.5,
            "hard example*": 2.5,
            "difficult sample*": 2.0,
            "importance sampling": 1.5,
            "focal loss": 3.0,
            "sample selection": 1.2,
            "batch selection": 1.2,
            "hard negative*": 2.0,
        },
        "More weight on samples that are still wrong spends the budget where there is more to learn (Lin et al. 2017).",
        _weighted(
            "FocalLoss",
            "Cross entropy with more weight on samples that are still wrong.",
            "weights = (1 - $torch.exp(-losses)).square() + 1e-3",
        ),
    )
    yield _component(
        "sample-weight:uncertain",
        "Loss focused on uncertain samples",
        {
            "uncertain sample*": 3.0,
            "sample uncertainty": 3.0,
            "predictive uncertainty": 2.5,
            "uncertainty": 1.0,
            "entropy": 0.5,
            "active learning": 1.5,
            "inconsisten* prediction*": 1.5,
            "batch selection": 1.5,
        },
        "More weight on samples whose prediction is undecided emphasises those at the decision boundary.",
        _weighted(
            "UncertaintyLoss",
            "Cross entropy weighted by the entropy of each prediction.",
            "p = logits.softmax(dim=1)",
            "weights = 0.5 - (p * p.clamp_min(1e-8).log()).sum(dim=1)",
        ),
    )
    yield _component(
        "sample-weight:easy",
        "Self-paced loss that trusts easy samples first",
        {
            "easy sample*": 2.5,
            "easy example*": 2.5,
            "self paced": 3.0,
            "curriculum": 2.5,
            "noisy label*": 2.0,
            "outlier*": 0.8,
            "easiness": 2.0,
        },
        "Less weight on the samples with the largest loss keeps outliers and wrong labels from steering the start.",
        _weighted(
            "SelfPacedLoss",
            "Cross entropy with less weight on the samples of the largest loss.",
            "weights = 1 / (1 + (losses / (losses.mean() + 1e-8)).square())",
        ),
    )


def _sizes() -> Iterator[Component]:
    yield _component(
        "size:wider",
        "Twice the width",
        {
            "wide* network*": 2.5,
            "model dimension*": 1.5,
            "larger model*": 1.5,
            "bigger model*": 2.0,
            "overparameteri*": 2.0,
            "model capacity": 1.2,
            "hidden unit*": 1.0,
            "scaling": 0.4,
        },
        "A wider layer gives more features to choose from.",
        *(SetNamed(WIDTH, times(factor, low=1), factor) for factor in (2, 1.5, 4)),
    )
    yield _component(
        "size:deeper",
        "One layer more",
        {
            "deep* network*": 1.5,
            "depth": 0.8,
            "number of layer*": 2.0,
            "stack* layer*": 1.5,
            "layer stack*": 1.5,
            "additional layer*": 2.0,
        },
        "Another layer composes features of features.",
        SetNamed(DEPTH, plus(1)),
        SetNamed(DEPTH, plus(2), 2),
    )
    yield _component(
        "size:heads",
        "Twice as many attention heads",
        {"attention head*": 2.5, "number of head*": 2.5, "multi head": 1.5},
        "More heads attend to more kinds of relation at once.",
        SetNamed(("n_head", "num_heads", "n_heads", "heads", "nhead"), times(2)),
    )
    batch = ("batch_size", "batch", "bs", "train_batch_size")
    shared = {"batch size*": 2.0, "mini batch size*": 2.5, "gradient noise": 1.5}
    yield _component(
        "batch:smaller",
        "Half the batch size",
        shared | {"small* batch*": 3.0},
        "Smaller batches make more updates of the same data.",
        SetNamed(batch, times(0.5)),
    )
    yield _component(
        "batch:larger",
        "Twice the batch size",
        shared | {"larg* batch*": 3.0},
        "Larger batches give steadier gradients.",
        SetNamed(batch, times(2)),
    )
