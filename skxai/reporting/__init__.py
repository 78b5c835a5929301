"""A report of an explanation as one HTML file."""

from skxai.reporting._report import report

__all__ = ["report"]
