"""From a corpus and a config to a trained run on disk."""

from heedful.train.config import ConfigError as ConfigError
from heedful.train.config import ModelSizes as ModelSizes
from heedful.train.config import Recipe as Recipe
from heedful.train.config import RunConfig as RunConfig
from heedful.train.denoising import fit_denoiser as fit_denoiser
from heedful.train.denoising import noise_loss as noise_loss
from heedful.train.guard import Diverged as Diverged
from heedful.train.guard import Guard as Guard
from heedful.train.language import bits_per_byte as bits_per_byte
from heedful.train.language import train_language as train_language
from heedful.train.language_config import LanguageRunConfig as LanguageRunConfig
from heedful.train.language_config import LanguageSizes as LanguageSizes
from heedful.train.lock import LockedError as LockedError
from heedful.train.loop import encoded as encoded
from heedful.train.loop import fit as fit
from heedful.train.loop import new_run as new_run
from heedful.train.loop import train as train
from heedful.train.loop import trained as trained
from heedful.train.loss import evaluate as evaluate
from heedful.train.loss import token_loss as token_loss
from heedful.train.run import Run as Run
from heedful.train.run import RunError as RunError
from heedful.train.run import runs_dir as runs_dir
from heedful.train.schedules import cosine as cosine
from heedful.train.schedules import inverse_sqrt as inverse_sqrt
from heedful.train.stopping import Stopped as Stopped
