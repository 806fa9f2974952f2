# Plain BM25 over whole files: `bm25.py FOLDER`, a question a line on standard input, an array of paths a line out.
import json
import os
import sys

import bm25s

FILES_MAX = 20
FILE_BYTES_MAX = 10 * 1024 * 1024

folder = sys.argv[1]
paths, texts = [], []
for here, folders, names in sorted(os.walk(folder)):
    for name in sorted(names):
        whole = os.path.join(here, name)
        if os.path.islink(whole) or os.path.getsize(whole) > FILE_BYTES_MAX:
            continue
        with open(whole, "rb") as file:
            content = file.read()
        if b"\0" in content[:8192]:
            continue
        paths.append(os.path.relpath(whole, folder))
        texts.append(content.decode("utf-8", errors="replace"))

index = bm25s.BM25()
index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
for line in sys.stdin:
    words = bm25s.tokenize([line], stopwords="en", show_progress=False)
    found, scores = index.retrieve(words, k=min(FILES_MAX, len(paths)), show_progress=False)
    ranked = [paths[at] for at, score in zip(found[0], scores[0]) if score > 0]
    print(json.dumps(ranked), flush=True)
