"""Finding generated text in the training text: suffix arrays, longest matches, copied spans and shadows."""
