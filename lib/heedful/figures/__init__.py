"""Plots in the book's one style. The only room that imports matplotlib."""

from heedful.figures.clusters import clusters as clusters
from heedful.figures.comparison import comparison as comparison
from heedful.figures.comparison import learning_curves as learning_curves
from heedful.figures.comparison import right_by_length as right_by_length
from heedful.figures.gpu_record import recorded_attention as recorded_attention
from heedful.figures.gpu_record import recorded_products as recorded_products
from heedful.figures.gpu_record import told as told
from heedful.figures.plots import attention_map as attention_map
from heedful.figures.plots import loss_curve as loss_curve
from heedful.figures.plots import panels as panels
from heedful.figures.rooflines import roofline as roofline
from heedful.figures.style import use_style as use_style
from heedful.figures.waves import waves as waves
