from heedful.checks.encoding import check_pieces

from ..specimens import wrong

ALFALFA = "alfalfa", "a+l f+a l+fa al+fa al+f"
GIVEN = "mississippi", "p+p i+s p+i p+pi s+i s+is"


def said(pieces, given=GIVEN):
    return pieces.split, *given


def by_marking_places():
    """Gaps between letters, closed where a joint fits."""
    word, joints = GIVEN
    text = " ".join(word)
    for joint in joints.split():
        left, right = joint.split("+")
        text = f" {text} ".replace(f" {left} {right} ", f" {left}{right} ").strip()
    return text.split()


CHECK = check_pieces

WRONG = [
    wrong("these are the letters", said("m i s s i s s i p p i")),
    wrong("from the last to the first", said("m is si s si p pi")),
    wrong("longest known piece", said("m is sis si ppi")),
    wrong("whatever fits first from the left", said("m is si s si pp i")),
    wrong("first place only", said("m is si s s i pp i")),
    wrong("only the first joint is made", said("m i s s i s s i pp i")),
    wrong("the last joint is missing", said("m is s is si pp i")),
    wrong("stop at the first joint", said("m is s is s i pp i")),
    wrong("result has 3 entries, expected 6", said("miss iss ippi")),
    wrong("return a list, not a str", (lambda: "m is sis si pp i", *GIVEN)),
    wrong("longest known piece", said("alfa lfa", ALFALFA)),
]

RIGHT = [
    said("m is sis si pp i"),
    (by_marking_places, *GIVEN),
    said("alf alfa", ALFALFA),
]
