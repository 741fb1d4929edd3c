"""How well scikit-learn finds the sources of a pool's documents on the vectors of SourceRecovery: sources.py POOL K ROWS

A file of rows that is not there is made: a latent semantic analysis of TF-IDF, 256 values a document."""
import gzip
import json
import os
import sys
import time

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans, MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

pool, k, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
documents = [json.loads(line) for line in gzip.open(pool, "rt", encoding="utf-8")]
sources = [d["source"] for d in documents]
if not os.path.exists(file):
    words = TfidfVectorizer(sublinear_tf=True, min_df=3, max_df=0.5).fit_transform(d["text"][:4096] for d in documents)
    np.save(file, normalize(TruncatedSVD(256, random_state=1).fit_transform(words)).astype(np.float32))
x = np.load(file)


def report(name, cluster, seeds=(1, 2, 3)):
    begin, scores = time.perf_counter(), []
    for seed in seeds:
        labels = cluster(seed)
        scores.append((adjusted_rand_score(sources, labels), normalized_mutual_info_score(sources, labels)))
    rand, mutual = np.mean(scores, axis=0)
    seconds = (time.perf_counter() - begin) / len(seeds)
    print(f"{name:26} {len(np.unique(labels)):8} {rand:8.3f} {mutual:8.3f} {'':8} {seconds:10.2f}")


def ward(seed):
    centres = KMeans(500, n_init=1, random_state=seed).fit(x)
    return AgglomerativeClustering(k, linkage="ward").fit_predict(centres.cluster_centers_)[centres.labels_]


def knee(seed):
    """As in Quad: the distances to the fifth nearest row, itself counted, are farthest from the line between their ends."""
    distances = np.sort(NearestNeighbors(n_neighbors=5, algorithm="brute").fit(x).kneighbors(x)[0][:, -1])
    curve = (distances - distances[0]) / (distances[-1] - distances[0])
    radius = distances[np.argmax(np.abs(curve - np.linspace(0, 1, len(curve))))]
    return DBSCAN(eps=radius, min_samples=5).fit_predict(x)


report("scikit-learn KMeans", lambda seed: KMeans(k, n_init=1, random_state=seed, algorithm="lloyd").fit_predict(x))
report("scikit-learn MiniBatch", lambda seed: MiniBatchKMeans(k, n_init=1, random_state=seed).fit_predict(x))
report("scikit-learn Ward of 500", ward)
report("scikit-learn DBSCAN, knee", knee, (1,))
report("scikit-learn DBSCAN, 1", lambda seed: DBSCAN(eps=1, min_samples=5).fit_predict(x), (1,))
