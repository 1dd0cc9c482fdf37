"""The exercise on the towers: predict what learns when the memory is empty."""

from heedful.checks import Prediction

Pair = tuple[float, float]
# Tensors in the towers of the notebook's model, two layers each.
ENCODER, DECODER = 24, 36


def _suspicion(whole: Pair, faint: Pair, zeroed: Pair) -> str:
    """What measurements that cannot be true point at, or nothing."""
    everything = (ENCODER, DECODER)
    if whole == (0, 0):
        return "nothing is pushed at all: does the loss go `.backward()`?"
    if whole == everything[::-1]:
        return "the two numbers are swapped: first the encoder, then the decoder"
    if whole == (0, DECODER):
        return (
            "with the memory as it is, the encoder is pushed as well: is the memory "
            "cut off from it, by `.detach()` or `inference_mode`?"
        )
    if whole != everything:
        return (
            f"with the memory as it is, all {ENCODER} tensors of the encoder and all "
            f"{DECODER} of the decoder are pushed, as in the chapter: is it the loss "
            "of a fresh model that goes backward?"
        )
    if zeroed == everything:
        return (
            "`keep` changes nothing: multiply the memory by it, before the decoder "
            "gets it, and take a fresh model for each call"
        )
    if faint != everything:
        return (
            "a memory of a tenth is still a memory, and pushes as many tensors: is it "
            "multiplied by `keep`, and not compared with it or set to zero?"
        )
    if zeroed[0] > 0:
        return "nothing comes back to the encoder through a memory times zero"
    if zeroed[1] == 0:
        return "the decoder still reads what is written, and is pushed by its mistakes"
    return ""


def _outcome(whole: Pair, faint: Pair, zeroed: Pair) -> str:
    if zeroed == whole:
        return "A"
    return "B" if zeroed[1] == whole[1] else "C"


check_towers = Prediction(
    name="who learns",
    hints=(
        "The chapter does it in the section on the two towers: a fresh model, one "
        "batch, the loss, `.backward()`, then look at the gradients.",
        "`model.encode(SOURCE)` is the memory; `model.decode(TARGET, memory, mask)` "
        "gives the logits, with `mask = model.source_mask(SOURCE)`.",
        "`loss_of(model.decode(TARGET, keep * memory, mask)).backward()`, "
        "then `pushed(model.encoder), pushed(model.decoder)`.",
    ),
    options={
        "A": "both towers learn as before",
        "B": "only the decoder learns, but all of it",
        "C": "only the decoder learns, and not all of it",
    },
    conditions={
        "memory as it is": (1.0,),
        "a tenth of it": (0.1,),
        "memory zeroed": (0.0,),
    },
    columns={"encoder": ".0f", "decoder": ".0f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
