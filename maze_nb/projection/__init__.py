"""Folds of a run's messages into what people look at: run view, pictures, text."""
