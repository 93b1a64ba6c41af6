"""Stands for the package of LiteRT."""

__version__ = "1.0"
