"""Counting what a model costs, and finding how its loss falls with it."""

from heedful.scaling.activations import activation_bytes as activation_bytes
from heedful.scaling.bootstrap import interval as interval
from heedful.scaling.bootstrap import resampled_residuals as resampled_residuals
from heedful.scaling.bootstrap import resampled_runs as resampled_runs
from heedful.scaling.cache import cache_bytes as cache_bytes
from heedful.scaling.counted import counted_activations as counted_activations
from heedful.scaling.counted import counted_flops as counted_flops
from heedful.scaling.counted import counted_parameters as counted_parameters
from heedful.scaling.fits import Frontier as Frontier
from heedful.scaling.fits import fit_envelope as fit_envelope
from heedful.scaling.fits import fit_parabolas as fit_parabolas
from heedful.scaling.fits import fit_power_law as fit_power_law
from heedful.scaling.fits import fit_surface as fit_surface
from heedful.scaling.flops import flops as flops
from heedful.scaling.flops import training_flops as training_flops
from heedful.scaling.laws import PowerLaw as PowerLaw
from heedful.scaling.laws import SurfaceLaw as SurfaceLaw
from heedful.scaling.parameters import Parts as Parts
from heedful.scaling.parameters import parameters as parameters
from heedful.scaling.runs import Runs as Runs
