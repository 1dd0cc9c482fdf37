"""Measured experiments: a command runs them, the book shows what they found."""

from heedful.studies.comparison import Settings as Settings
from heedful.studies.comparison import compare as compare
from heedful.studies.contenders import CONTENDERS as CONTENDERS
from heedful.studies.contenders import Contender as Contender
from heedful.studies.contenders import equal_widths as equal_widths
from heedful.studies.contenders import longest_chain as longest_chain
from heedful.studies.encoding import autocorrelated as autocorrelated
from heedful.studies.encoding import contiguous_folds as contiguous_folds
from heedful.studies.encoding import correlation as correlation
from heedful.studies.encoding import explained as explained
from heedful.studies.encoding import held_out as held_out
from heedful.studies.encoding import ridge as ridge
from heedful.studies.encoding import shuffled_folds as shuffled_folds
from heedful.studies.encoding import smoothed_identity as smoothed_identity
from heedful.studies.heads import lengths_brought as lengths_brought
from heedful.studies.heads import looking_back as looking_back
from heedful.studies.heads import switched_off as switched_off
from heedful.studies.material import Material as Material
from heedful.studies.material import score as score
from heedful.studies.records import Result as Result
from heedful.studies.records import Study as Study
from heedful.studies.records import StudyError as StudyError
from heedful.studies.records import set_study_aside as set_study_aside
from heedful.studies.spiking import spikes as spikes
