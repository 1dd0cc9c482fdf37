"""The exercise notebooks as files: unsolved, with other numbers, in one form."""

from heedful.exercises.notebook import KEEP_OUTPUT as KEEP_OUTPUT
from heedful.exercises.notebook import as_text as as_text
from heedful.exercises.notebook import exercises_from as exercises_from
from heedful.exercises.notebook import normalised as normalised
from heedful.exercises.notebook import varied as varied
