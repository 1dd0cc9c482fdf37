"""In place of a package that takes two seconds to load wherever a notebook is read.

`jsonschema` asks it about the format "iri", which notebooks have not, and does without
where it is not installed. So this folder is in PYTHONPATH in the tests.
"""

raise ImportError("left out, since it takes two seconds")
