//! Numbers that more than one method needs: the normal distribution, Cholesky factors, L-BFGS.
