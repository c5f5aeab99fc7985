"""Measures Tintuc against ceilings in the same run. `bench/README.md` says what the rows mean."""
