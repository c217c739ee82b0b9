"""Tests of the fake payment gateway."""
