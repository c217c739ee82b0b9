"""Tests of identity: who gets in, who stays out, and how soon a dead token is dead."""
