"""Tests of the compose room that need no container engine."""
