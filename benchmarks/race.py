"""k-means of scikit-learn and FAISS on the files that ClusterRace made: race.py FOLDER [iterations]

Run with OPENBLAS_CORETYPE=SKYLAKEX where OpenBLAS is older than the processor."""
import sys
import time
import warnings

import faiss
import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info

folder, iterations = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
x, start = np.load(folder + "/rows.npy"), np.load(folder + "/start.npy")
n, d, k = *x.shape, len(start)
print([(i["internal_api"], i["version"], i.get("architecture"), i["num_threads"]) for i in threadpool_info()])
a, b = x[: min(n, 20000)], start
rates = []
for _ in range(5):
    begin = time.perf_counter()
    a @ b.T
    rates.append(2 * len(a) * k * d / (time.perf_counter() - begin) / 1e9)
print(f"NumPy sgemm {max(rates):.0f} GFLOP/s")


def inertia(centres):
    index = faiss.IndexFlatL2(d)
    index.add(np.ascontiguousarray(centres, dtype=np.float32))
    nearest = index.search(x, 1)[1][:, 0]
    return sum(((x[i : i + 5000] - centres[nearest[i : i + 5000]]).astype(np.float64) ** 2).sum() for i in range(0, n, 5000))


def report(name, seconds, centres):
    print(f"{name}: {seconds:.2f} s, {iterations * 2 * n * k * d / seconds / 1e9:.0f} GFLOP/s, inertia {inertia(centres):.6g}")


warnings.simplefilter("ignore")
for repeat in range(2):
    model = faiss.Kmeans(d, k, niter=iterations, max_points_per_centroid=n, min_points_per_centroid=1)
    begin = time.perf_counter()
    model.train(x, init_centroids=start)
    report("FAISS " + faiss.__version__, time.perf_counter() - begin, model.centroids)
    model = KMeans(k, init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd")
    begin = time.perf_counter()
    model.fit(x)
    report("scikit-learn", time.perf_counter() - begin, model.cluster_centers_)
