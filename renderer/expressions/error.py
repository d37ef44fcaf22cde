"""Why an expression is none."""


class ExpressionError(ValueError):
    """Text that is no regular expression to Go or kustomize, or that is too large here."""
