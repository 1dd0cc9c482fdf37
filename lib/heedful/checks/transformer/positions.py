"""The exercise on positions: predict what they are good for, then measure it."""

from heedful.checks import Prediction


def _suspicion(given: tuple[float, float], taken: tuple[float, float]) -> str:
    """What a pair of measurements that cannot be true points at, or nothing."""
    for score in (given, taken):
        if not all(0 <= share <= 1 for share in score):
            return f"shares lie between 0 and 1, but my_measure returned {score}"
        if score[0] > score[1]:
            return (
                "more words right than words with right letters: are the two swapped?"
            )
    learned, without_learned = given[0] > 0.75, taken[0] > 0.75
    if learned and without_learned:
        return "nothing changes without positions: were they switched off at all?"
    if without_learned:
        return "it is better without positions: is the `if` the wrong way round?"
    if not learned and min(given[1], taken[1]) > 0.75:
        return "the order is lost in both runs: with_positions=True must keep positions"
    if not learned:
        return "even with positions the model has not learned: was it trained?"
    if taken[1] < 0.75:
        return (
            "without positions even the letters are wrong: switch positions off before "
            "the training, so that the model can learn to live without them"
        )
    return ""


check_positions = Prediction(
    name="positions",
    hints=(
        "A fresh Transformer(SIZES) for each call: a trained one would keep what it "
        "knows.",
        "`model.positions` is an ordinary tensor; `.zero_()` switches the positions "
        "off. When must that happen, before the training or after it?",
        "Build, switch off if asked to, then `train(model)`, then `return "
        "score(model)`.",
    ),
    options={
        "A": "it reverses the words all the same",
        "B": "it writes the right letters in a wrong order",
        "C": "it writes wrong letters",
    },
    conditions={"with positions": (True,), "without positions": (False,)},
    columns={"reversed": ".0%", "right letters": ".0%"},
    suspicion=_suspicion,
    outcome=lambda given, taken: "B",
)
