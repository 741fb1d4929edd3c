"""How well scikit-learn finds the sources of a pool's documents on the vectors of SourceRecovery: sources.py POOL K ROWS

A file of rows that is not there is made: a latent semantic analysis of TF-IDF, 256 values a document."""
import gzip
import json
import os
import sys
import time

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import normalize

pool, k, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
documents = [json.loads(line) for line in gzip.open(pool, "rt", encoding="utf-8")]
sources = [d["source"] for d in documents]
if not os.path.exists(file):
    words = TfidfVectorizer(sublinear_tf=True, min_df=3, max_df=0.5).fit_transform(d["text"][:4096] for d in documents)
    np.save(file, normalize(TruncatedSVD(256, random_state=1).fit_transform(words)).astype(np.float32))
x = np.load(file)
for name, make in (
    ("scikit-learn KMeans", lambda seed: KMeans(k, n_init=1, random_state=seed, algorithm="lloyd")),
    ("scikit-learn MiniBatch", lambda seed: MiniBatchKMeans(k, n_init=1, random_state=seed)),
):
    begin, scores = time.perf_counter(), []
    for seed in (1, 2, 3):
        labels = make(seed).fit_predict(x)
        scores.append((adjusted_rand_score(sources, labels), normalized_mutual_info_score(sources, labels)))
    rand, mutual = np.mean(scores, axis=0)
    print(f"{name:26} {k:8} {rand:8.3f} {mutual:8.3f} {'':8} {(time.perf_counter() - begin) / 3:10.2f}")
