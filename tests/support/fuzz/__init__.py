"""Makes documents of every kind that evalkit reads, damages them, and shows whatever is read (`subjects.Fuzz`).

- `schema`: documents that conform to a JSON Schema.
- `results`: results.json, whose parts refer to each other.
- `files`: baselines, metadata of saved models, policies and configurations.
- `subjects`: how each kind is read, and all that is made of it.
"""
