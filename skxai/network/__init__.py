"""Influence networks: which feature predicts which, and by how much."""

from skxai.network._graph import InfluenceGraph
from skxai.network._network import InfluenceNetwork

__all__ = ["InfluenceGraph", "InfluenceNetwork"]
