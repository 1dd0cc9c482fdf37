"""The process of one contender: gets ready, then does a round for each line."""

import json
import os
import resource
import sys
import time


def main():
    job = json.loads(sys.argv[1])
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**what):
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    from benchmarks.contenders import ready

    try:
        do_round, told = ready(job)
    except ModuleNotFoundError as error:
        return tell(missing=str(error))
    before = megabytes()
    start = time.perf_counter()
    do_round()
    tell(start_up=time.perf_counter() - start, megabytes_before=before, **told)
    for line in sys.stdin:
        if line.strip() == "end":
            return tell(megabytes=megabytes(), **told)
        start = time.perf_counter()
        do_round()
        tell(seconds=time.perf_counter() - start)


def megabytes():
    """The most memory that this process ever held; Linux says it for it alone."""
    try:
        with open("/proc/self/status") as lines:
            for line in lines:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1e3
    except OSError:
        pass
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


if __name__ == "__main__":
    main()
