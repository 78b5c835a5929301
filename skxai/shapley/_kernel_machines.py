"""Exact Shapley values and interactions of kernel machines whose kernel is a product over columns.

For a point s and a background row z, player j is worth the factor p_j = k_j(x_j, s_j) when present
and q_j = k_j(z_j, s_j) when absent; a coalition is worth the product. The Shapley values are

    φ_j = ∫₀¹ (p_j - q_j) Π_{l ≠ j} (t p_l + (1 - t) q_l) dt,

a polynomial in t of degree n_players - 1, which ⌈n_players / 2⌉ Gauss-Legendre nodes integrate
exactly. The interaction of i and j is the same integral with (p_i - q_i) (p_j - q_j) in front and
both left out of the product. For few players it is cheaper to take the mean over the background
for each coalition once, and then to enumerate.
"""

from functools import lru_cache

import numpy as np

from skxai.predictors._forms import densify
from skxai.shapley._exact import interactions_of_table, shapley_of_table
from skxai.shapley._interactions import with_main_effects
from skxai.utils._blocks import blocks

# Cells of a block of work, which should fit in the processor's cache; of all that is alive at once;
# and of the table of coalitions. Loops over fewer points at once would be slow.
_BLOCK_CELLS = 2**15
_ALIVE_CELLS = 2**22
_LEAST_POINTS = 32
_MAX_TABLE_CELLS = 2**24
# Making the table should pay off after this many explained rows.
_ROWS_TO_PAY_OFF = 32
# Beyond this exp(-a) is nearly nothing; a floor keeps quotients of kernels defined.
_LARGEST_EXPONENT = 700.0


class KernelGame:
    """A kernel machine and a background, ready to give exact Shapley values and interactions.

    Parameters
    ----------
    form : KernelForm
        The machine: `points`, `coef`, `gammas` and `power`.
    background : ndarray of shape (n_background, n_columns)
    weights : ndarray of shape (n_background,)
        They sum to one.
    owners : array-like of int, shape (n_columns,)
        The player that each column belongs to.
    n_players : int
    method : {"auto", "coalitions", "quadrature"}, default="auto"
        How to compute the same values; "auto" takes the cheaper one.

    Attributes
    ----------
    method : str
        The method that is used.

    Notes
    -----
    One row costs about n_points · 2^n_players steps by coalitions, whatever the background, and
    n_points · n_background · n_players² / 2 by quadrature; interactions by quadrature cost
    n_players times that. Memory stays below some 250 MB.

    Examples
    --------
    One point at zero and one background row: at (0, 0) both kernels are 1, at (1, 1) 1/e. By
    symmetry the players share the difference equally.

    >>> import numpy as np
    >>> from skxai.predictors._kernels import KernelForm
    >>> one, zero = np.ones((1, 2)), np.zeros((1, 2))
    >>> form = KernelForm(zero, np.ones((1, 1)), one, np.zeros(1), power=2)
    >>> game = KernelGame(form, one, np.ones(1), [0, 1], 2)
    >>> np.allclose(game.values(zero), (1 - np.exp(-2)) / 2)
    True
    """

    def __init__(self, form, background, weights, owners, n_players, method="auto"):
        self.form = form
        self.background = np.asarray(background, dtype=float)
        self.weights = np.asarray(weights, dtype=float)
        self.owners = owners
        self.n_players = n_players
        self.method = self._cheaper_method() if method == "auto" else method
        if self.method == "coalitions":
            self._absent = self._absent_products()

    def values(self, X):
        """Shapley values of some rows.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_players, n_outputs)
        """
        return self._explain(X, (self.n_players,), shapley_of_table, self._add_gains)

    def interactions(self, X):
        """Shapley interaction values of some rows.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_players, n_players, n_outputs)
            Half of the Shapley interaction index for each pair, symmetric; main effects on the
            diagonal, so that rows sum to the Shapley values.

        References
        ----------
        M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among
        players in cooperative games", International Journal of Game Theory 28 (1999).
        """
        shape = (self.n_players, self.n_players)
        return self._explain(X, shape, interactions_of_table, self._add_interactions)

    def _explain(self, X, shape, of_table, add_by_quadrature):
        X = densify(X)
        values = np.zeros((len(X), *shape, len(self.form.coef)))
        cells = _BLOCK_CELLS
        if self.method == "coalitions":
            cells = max(cells, 2**self.n_players * len(self.form.coef))
        for rows in blocks(len(X), cells, _ALIVE_CELLS):
            if self.method == "coalitions":
                values[rows] = of_table(self._coalitions(X[rows]))
            else:
                add_by_quadrature(X[rows], values[rows])
        return values

    def _cheaper_method(self):
        n_coalitions = 2**self.n_players
        walk = 2 * self.n_players * _n_nodes(self.n_players)  # steps against one background row
        fits = n_coalitions * len(self.form.points) <= _MAX_TABLE_CELLS
        pays = n_coalitions <= walk * min(len(self.weights), _ROWS_TO_PAY_OFF)
        return "coalitions" if fits and pays else "quadrature"

    def _kernels(self, X, points):
        """Each player's kernel, of shape (n_players, n_rows, n_points); never zero."""
        form = self.form
        exponents = np.zeros((self.n_players, len(X), len(form.points[points])))
        for j, owner in enumerate(self.owners):
            distances = np.abs(X[:, [j]] - form.points[points, j])
            exponents[owner] += form.gammas[points, j] * distances**form.power
        return np.exp(-np.minimum(exponents, _LARGEST_EXPONENT))

    def _point_blocks(self):
        return list(blocks(len(self.form.points), 2**self.n_players, _BLOCK_CELLS, _LEAST_POINTS))

    def _absent_products(self):
        """Mean over the background of the absent players' product, for each coalition.

        Coalitions of the first half of the players and of the second half meet in a product of
        matrices, one for each point. Blocks of points: (second half, first half, points).
        """
        half = self.n_players // 2
        tables = []
        for points in self._point_blocks():
            table = 0
            cells = len(self.form.points[points]) * 2 ** (self.n_players - half + 2)
            for others in blocks(len(self.weights), cells, _ALIVE_CELLS):
                q = self._kernels(self.background[others], points).transpose(0, 2, 1)
                q = np.ascontiguousarray(q)  # players, points, background: for the product below
                first = _products(q[:half]) * self.weights[others]
                second = _products(q[half:])
                means = second.transpose(1, 0, 2) @ first.transpose(1, 2, 0)
                table = table + means.transpose(1, 2, 0)
            # In reverse order, a coalition is in the place of its complement.
            tables.append(np.ascontiguousarray(table[::-1, ::-1]))
        return tables

    def _coalitions(self, X):
        """Worth of all coalitions, of shape (n_rows, 2**n_players, n_outputs)."""
        half, n_outputs = self.n_players // 2, len(self.form.coef)
        worth = np.zeros((len(X), 2 ** (self.n_players - half), 2**half, n_outputs))
        for points, absent in zip(self._point_blocks(), self._absent):
            p = self._kernels(X, points)
            first, second = _products(p[:half]), _products(p[half:])
            coef = self.form.coef[:, points]
            for row in range(len(X)):
                products = second[:, None, row] * first[:, row]
                products *= absent
                worth[row] += np.einsum("hls,os->hlo", products, coef)
        return worth.reshape(len(X), -1, n_outputs)

    def _factors(self, X):
        """What the quadrature needs, in blocks: row, p, q and amounts.

        p and q are of shape (n_players, 1 or n_background, n_points), amounts, the coefficients
        times the background's weights, (n_outputs, n_background, n_points).
        """
        for points in blocks(len(self.form.points), self.n_players, _BLOCK_CELLS):
            p = self._kernels(X, points)
            coef = self.form.coef[:, None, points]
            for others in blocks(len(self.weights), self.n_players * coef.shape[2], _BLOCK_CELLS):
                q = self._kernels(self.background[others], points)
                amounts = coef * self.weights[others, None]
                for row in range(len(X)):
                    yield row, p[:, [row]], q, amounts

    def _add_gains(self, X, values):
        for row, p, q, amounts in self._factors(X):
            values[row] += np.einsum("jzs,ozs->jo", product_gains(p, q), amounts)

    def _add_interactions(self, X, values):
        for row, p, q, amounts in self._factors(X):
            values[row] += product_interactions(p, q, amounts)


def product_gains(p, q):
    """Shapley values of games whose worth is a product with a factor for each player.

    Parameters
    ----------
    p, q : ndarray of shape (n_players, ...)
        Each player's factor when present, and when absent; positive.

    Returns
    -------
    ndarray of shape (n_players, ...)

    Examples
    --------
    Three factors that go from 1 to 2 raise the product from 1 to 8.

    >>> import numpy as np
    >>> product_gains(np.full((3, 1), 2.0), np.ones((3, 1))).ravel().round(12)
    array([2.33333333, 2.33333333, 2.33333333])
    """
    gains = np.zeros(np.broadcast_shapes(p.shape, q.shape))
    blend = np.empty_like(gains)
    for t, weight in _nodes_and_weights(_n_nodes(len(p))):
        np.multiply(q, 1 - t, out=blend)
        blend += t * p
        # Leaving out a factor by division is safe: a blend of positive numbers keeps its precision,
        # and (p - q) / blend is at most 1 / min(t, 1 - t), so that what underflows is nothing.
        product = weight * blend.prod(axis=0)
        np.divide(product, blend, out=blend)
        gains += blend
    gains *= p - q
    return gains


def product_interactions(p, q, amounts):
    """Shapley interaction values of weighted sums of such games.

    Parameters
    ----------
    p, q : ndarray of shape (n_players, ...)
        Each player's factor when present, and when absent; positive.
    amounts : ndarray of shape (n_outputs, ...)
        What each product is multiplied by, before they are summed.

    Returns
    -------
    ndarray of shape (n_players, n_players, n_outputs)

    Examples
    --------
    (1 + 1) (1 + 2) is 1, and 1 and 2 for the players alone, and 2 for both together.

    >>> import numpy as np
    >>> p, q = np.array([[2.0], [3.0]]), np.ones((2, 1))
    >>> product_interactions(p, q, np.ones((1, 1)))[:, :, 0].round(12)
    array([[1., 1.],
           [1., 2.]])
    """
    pairs = np.zeros((len(p), len(p), len(amounts)))
    values = np.zeros((len(p), len(amounts)))
    for t, weight in _nodes_and_weights(_n_nodes(len(p))):
        blend = t * p + (1 - t) * q
        product = weight * blend.prod(axis=0)
        # Safe for the same reason as in `product_gains`.
        quotients = ((p - q) / blend).reshape(len(p), -1)
        for output, amount in enumerate(amounts):
            scaled = quotients * (product * amount).ravel()
            pairs[:, :, output] += scaled @ quotients.T
            values[:, output] += scaled.sum(axis=1)
    pairs = (pairs + pairs.transpose(1, 0, 2)) / 4  # half, and symmetric to the last bit
    return with_main_effects(pairs[None], values[None])[0]


def _products(factors):
    """Product of the members' factors, for each coalition in the order of `all_coalitions`."""
    table = np.empty((2 ** len(factors), *factors.shape[1:]))
    table[0] = 1
    for player, factor in enumerate(factors):
        half = 2**player
        np.multiply(table[:half], factor, out=table[half : 2 * half])
    return table


@lru_cache(maxsize=32)
def _nodes_and_weights(n_nodes):
    """Gauss-Legendre quadrature on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    return tuple(zip((nodes + 1) / 2, weights / 2))


def _n_nodes(n_players):
    return -(-n_players // 2)
