"""Real data, cached on disk and checked by hash."""

from skxai.datasets._hemolytic import fetch_hemolytic

__all__ = ["fetch_hemolytic"]
