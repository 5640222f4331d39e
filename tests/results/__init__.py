"""Tests of results.json: reading what anybody wrote."""
