"""Tests of the dashboards room: no faulty board is committed, and a picture shows what was."""
