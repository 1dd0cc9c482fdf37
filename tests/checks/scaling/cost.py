from heedful.checks.scaling import check_cost

from ..specimens import UNKNOWN, wrong

CHECK = check_cost
GIVEN = (10, 3, 40, 100), 1_000, 4
OTHER = (12, 2, 32, 60), 2_000, 5  # 2 * 60 * 12 + 2 * (576 + 1152 + 24) + 12 = 4956


def said(*numbers, given=GIVEN):
    return lambda: list(numbers), *given


def follows(n):
    """All four numbers, if only the first is wrong and the others follow from it."""
    return said(n, 6 * n * 1_000, 250, 2 * n * 1_000)


def by_a_program():
    embedding = output = 100 * 10
    attention, feed_forward, norms = 4 * 10 * 10, 3 * 10 * 40, 10 + 10
    n = embedding + 3 * (attention + feed_forward + norms) + 10 + output
    return n, n * (2 + 4) * 1_000, 1_000 / 4, float(2 * n * 1_000)


WRONG = [
    wrong("as Kaplan's group did", follows(4_870)),
    wrong("V D is there twice", follows(5_870)),
    wrong("and one for what comes out", follows(6_570)),
    wrong("four square matrices, not one", follows(5_970)),
    wrong("three matrices of D x F, not two", follows(5_670)),
    wrong("three matrices of D x F, not one", follows(4_470)),
    wrong("the norms have parameters as well", follows(6_800)),
    wrong("each layer has two norms", follows(6_810)),
    wrong("one more norm", follows(6_860)),
    wrong("two norms in each layer", follows(6_840)),
    wrong("a model of one layer", follows(3_630)),
    wrong("V D is there twice", said(5_870, 41_220_000, 250, 13_740_000)),
    wrong("2 on the way forward and 4", said(6_870, 13_740_000, 250, 13_740_000)),
    wrong("2 + 4 = 6", said(6_870, 27_480_000, 250, 13_740_000)),
    wrong("the number of tokens is missing", said(6_870, 41_220, 250, 13_740)),
    wrong("reads *less*", said(6_870, 41_220_000, 4_000, 13_740_000)),
    wrong("that reads as much costs more", said(6_870, 41_220_000, 1_000, 13_740_000)),
    wrong("for a budget that grows", said(6_870, 41_220_000, 500, 13_740_000)),
    wrong("nothing goes back", said(6_870, 41_220_000, 250, 41_220_000)),
    wrong(
        "operations for each parameter and token, not 1",
        said(6_870, 6_870_000, 250, 13_740_000),
    ),
    wrong("a third, not a half", said(6_870, 41_220_000, 250, 20_610_000)),
    wrong("the larger model of question 3", said(6_870, 41_220_000, 250, 54_960_000)),
    wrong("multiplies *and* adds", said(6_870, 41_220_000, 250, 6_870_000)),
    wrong("nothing goes back", said(4_956, 59_472_000, 400, 59_472_000, given=OTHER)),
    wrong("reads *less*", said(6_870, 41_220_000, 4_000, 41_220_000)),
    wrong("has 1 entry, expected 4", said(6_870)),
    wrong("return a list, not an int", (lambda: 6_870, *GIVEN)),
    wrong(UNKNOWN, said(6_871, 41_226_000, 250, 13_742_000)),
]

RIGHT = [
    (by_a_program, *GIVEN),
    said(6_870, 41_220_000, 250, 13_740_000),
    said(4_956, 59_472_000, 400, 19_824_000, given=OTHER),
]
