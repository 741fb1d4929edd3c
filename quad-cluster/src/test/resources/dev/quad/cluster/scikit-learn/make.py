# Writes the files of this folder with scikit-learn: rows, a poor start, and the centres after so many iterations from it.
import numpy as np
from sklearn.cluster import KMeans

random = np.random.RandomState(1)
component = np.repeat(np.arange(12), 50)
rows = (2 * random.randn(12, 4)[component] + random.randn(600, 4)).astype("<f2")
start = rows[:12]  # all of one component
np.save("rows.npy", rows)
np.save("start.npy", start)
x, inertia = rows.astype(np.float64), []
for name, iterations in (("ten", 10), ("converged", 300)):
    model = KMeans(12, init=start.astype(np.float64), n_init=1, algorithm="lloyd", tol=0, max_iter=iterations).fit(x)
    np.save(name + ".npy", model.cluster_centers_.astype("<f4"))
    inertia.append(model.inertia_)
    print(name, model.n_iter_, model.inertia_)
assert model.n_iter_ < 300 and inertia[1] < 0.98 * inertia[0]  # so that neither passes for the other
