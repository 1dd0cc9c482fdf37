"""For a course in nbgrader: the unsolved notebooks are those of this folder."""

from heedful.exercises.notebook import CODE_STUB, TEXT_STUB

c = get_config()  # noqa: F821 (nbgrader gives this name to its configuration)
c.ClearSolutions.code_stub = {"python": CODE_STUB}
c.ClearSolutions.text_stub = TEXT_STUB
c.ExecutePreprocessor.timeout = 600  # some solutions train a model
