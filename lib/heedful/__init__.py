"""heedful: the Transformer of 2017, written to be read, trained and questioned.

The rooms, each of which uses only those below it:

    exercises  the notebooks as files: unsolved, varied, copied for a learner
    checks     exercise checkers that name the misconception
    figures    plots in the book's one style
    studies    measured experiments that a command runs and the book shows
    scaling    what a model costs, sweeps, and the laws fitted to them
    parallel   one model in several processes: data, sharded, tensor
    hardware   chips by their sheets, rooflines, tiles on SMs, kernels
    generate   from a trained model to a text
    train      loop, schedule, runs on disk
    interop    Hugging Face weights in and out; real models to ask
    nets       shapes, masks, attention, positions, the models built from them
    text       corpora, tokenizer, batches
"""
