"""Quad, scikit-learn and FAISS in turn on the same rows from the same start, then Smile: race.py DATA ROWS DIMENSION K

Prints each round and the medians. DATA is blob or mixture; see ClusterRace, which makes it under /tmp/race and is built
first as its Javadoc says. Run with OPENBLAS_CORETYPE=SKYLAKEX where Python's OpenBLAS is older than the processor."""
import os
import statistics
import subprocess
import sys
import time
import warnings

import faiss
import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info

ROUNDS, ITERATIONS = 3, 10
here = os.path.dirname(os.path.abspath(__file__))
classpath = here + "/target/classes:" + open(here + "/target/classpath").read()
java = ["java", "-Xmx3g", "-cp", classpath, "dev.quad.benchmarks.ClusterRace", "turns", "/tmp/race", *sys.argv[1:5]]
environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}  # ours knows the processor
quad = subprocess.Popen(java, cwd=here + "/..", env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def answer(kind):
    for line in quad.stdout:
        if line.startswith(kind + " "):
            return [float(x) for x in line.split()[1:]]
    sys.exit("ClusterRace ended")


bare = answer("sgemm")[0]
folder = f"/tmp/race/{sys.argv[1]}-{sys.argv[2]}"
x, start = np.load(folder + "/rows.npy"), np.load(folder + "/start.npy")
n, d, k = *x.shape, len(start)
flop = 2 * n * k * d / 1e9
print([(i["internal_api"], i["version"], i.get("architecture"), i["num_threads"]) for i in threadpool_info()])
print(f"{n} x {d}, k = {k}, {ITERATIONS} iterations; sgemm {bare:.0f} GFLOP/s")


def inertia(centres):
    index = faiss.IndexFlatL2(d)
    index.add(np.ascontiguousarray(centres, dtype=np.float32))
    nearest = index.search(x, 1)[1][:, 0]
    return sum(((x[i : i + 5000] - centres[nearest[i : i + 5000]]).astype(np.float64) ** 2).sum() for i in range(0, n, 5000))


def run_quad():
    print("quad", file=quad.stdin, flush=True)
    return answer("quad")


def run_sklearn():
    begin = time.perf_counter()
    model = KMeans(k, init=start, n_init=1, max_iter=ITERATIONS, tol=0, algorithm="lloyd").fit(x)
    return time.perf_counter() - begin, inertia(model.cluster_centers_)


def run_faiss():
    model = faiss.Kmeans(d, k, niter=ITERATIONS, max_points_per_centroid=n, min_points_per_centroid=1)
    begin = time.perf_counter()
    model.train(x, init_centroids=start)
    return time.perf_counter() - begin, inertia(model.centroids)


warnings.simplefilter("ignore")
racers = {"Quad": run_quad, "scikit-learn": run_sklearn, "FAISS": run_faiss}
times = {name: [] for name in racers}
run_quad()  # compiles
for _ in range(ROUNDS):
    for name, run in racers.items():
        seconds, error = run()
        times[name].append(seconds)
        print(f"  {name}: {seconds:.2f} s, inertia {error:.6g}", flush=True)
own = statistics.median(times["Quad"])
for name, seconds in times.items():
    middle = statistics.median(seconds)
    rate = ITERATIONS * flop / middle / bare
    print(f"{name:14} {middle:6.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {rate:.2f} of sgemm, {middle / own:.2f} times Quad's")
print("smile", file=quad.stdin, flush=True)
middle = answer("smile")[0]
print(f"{'Smile':14} {middle:6.2f} s an iteration, {middle * ITERATIONS / own:.1f} times Quad's")
quad.stdin.close()
