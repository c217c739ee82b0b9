"""Entry of `python -m dashboards`."""

from dashboards.cli import app

if __name__ == "__main__":
    app(prog_name="python -m dashboards")
