"""Search: the index and its files, BM25, FAISS and Milvus stores, and ranked candidates."""
