package import PPLTensorCore

/// A primitive of the tensor graph.
///
/// The set is closed: shape rule, kernel, adjoint and tangent each switch over it without `default`,
/// so the compiler lists what a new primitive owes. Operand shapes are written `[…]`.
///
/// *Elementwise* primitives take operands of equal rank whose sizes agree or are 1 along each axis;
/// size 1 is repeated. (The language never repeats silently: its checker has made the axes agree, and
/// size 1 stands for "does not vary along this axis of the plate".)
package enum Op: Sendable, Hashable {
  // MARK: Sources

  /// A tensor known when the graph is built; the payload indexes `Graph.constants`.
  case constant(Int)
  /// The k-th input of the graph; always real.
  case input(Int)
  /// Random numbers; the operands are parameters that repeat to the shape, `[]` operands for kinds without.
  /// `stream` tells apart the random nodes of a graph, so that each has its own numbers.
  case random(RandomKind, shape: Shape, stream: Int)

  // MARK: Elementwise

  case unary(UnaryOp)
  case binary(BinaryOp)
  /// (condition, then, otherwise): takes each element from one branch; the other may be NaN.
  case select
  /// (a, b, x): the regularised incomplete beta function Iₓ(a, b); differentiable in x only.
  case betaP

  // MARK: Shape

  /// Same elements in row-major order, other shape.
  case reshape(Shape)
  /// Axis k of the result is axis `permutation[k]` of the operand.
  case transpose([Int])
  /// Repeats axes of size 1 to the sizes of the shape (same rank).
  case broadcast(Shape)
  /// Elements `start ..< start + count` along an axis.
  case slice(axis: Int, start: Int, count: Int)
  /// Zeros before and after along an axis; the adjoint of `slice`.
  case pad(axis: Int, before: Int, after: Int)
  /// One operand behind the other along an axis.
  case concatenate(axis: Int)

  // MARK: Indexing

  /// (x `[M, R…]`, index `[S…]`) → `[S…, R…]`: rows of x. An index outside 0 ..< M gives NaN rows.
  case gather
  /// (u `[S…, R…]`, index `[S…]`) → `[rows, R…]`: adds each row of u to its row; the adjoint of `gather`.
  case scatterAdd(rows: Int)

  // MARK: Reduction (reduced axes stay, with size 1)

  case reduce(Reduction, axes: [Int])
  /// Running sum along an axis, from the other end when `reversed`.
  case cumulativeSum(axis: Int, reversed: Bool)
  /// Ascending order along an axis; NaN last.
  case sort(axis: Int)
  /// The positions (from 0) that `sort` takes its elements from; equal elements keep their order.
  case argsort(axis: Int)

  // MARK: Linear algebra on the last two axes; leading axes repeat as in elementwise primitives

  case matrixMultiply(transposeLeft: Bool, transposeRight: Bool)
  /// Lower Cholesky factor of a symmetric matrix, whose lower triangle is read; NaN if not positive definite.
  case cholesky
  /// (L `[…, n, n]` lower triangular, B `[…, n, m]`) → L⁻¹ B, or L⁻ᵀ B when `transposed`.
  case triangularSolve(transposed: Bool)
  /// (A `[…, n, n]`, B `[…, n, m]`, with equal leading axes) → A⁻¹ B; NaN where A is singular.
  case solve
  /// `[…, n, n]` → `[…]`: the determinant, or the logarithm of its size.
  case determinant(logarithm: Bool)
  /// Symmetric `[…, n, n]`, whose lower triangle is read → `[…, n + 1, n]`: the eigenvalues, ascending, then the
  /// eigenvectors as columns.
  case symmetricEigen
  /// `[…, n, n]` → `[…, n]`.
  case diagonal
  /// `[…, n]` → `[…, n, n]`, zero off the diagonal.
  case diagonalMatrix
  /// Keeps the lower triangle, with the diagonal or (`strict`) without it; zeros elsewhere.
  case lowerTriangle(strict: Bool)

  // MARK: Images

  /// A window that moves over images; the forms give the operands.
  case convolve(Convolution, Convolution.Form)

  // MARK: Loops

  /// (carry `[1, K]`, sequences `[length, …]`…, invariants `[…]`…) → `[length, R]`: the rows of all steps.
  ///
  /// Each step gets the carry that the step before (`reversed`: the one after) gave, the first the operand.
  case scan(ScanBody, length: Int, reversed: Bool)

  // MARK: Differential equations

  /// (initial states `[S, N]`, amounts `[S, A]`, sequences `[S, …]`…, invariants `[…]`…): S solutions of N states at T
  /// times each, `[S, T, N, 1]`; `differentiated`, `[S, T, N, 1 + M]` with the derivatives of each state by the M elements
  /// of a solution's operands behind it. NaN where a system could not be solved.
  case solveODE(ODEBody, differentiated: Bool)

  // MARK: Outside of the program

  /// Calls of a function or simulator that nothing is known of; the forms give the operands. NaN where a call failed.
  case callout(CalloutBody, CalloutForm)
}

/// Elementwise functions of one operand.
///
/// Outside the domain the result is NaN.
package enum UnaryOp: String, Sendable, Hashable, CaseIterable {
  case negate, absolute, sign, reciprocal, square, squareRoot
  case exp, expm1, log, log1p
  /// 1 / (1 + exp(-x)).
  case logistic
  /// log(1 + exp(x)).
  case softplus
  /// log(1 - exp(x)) for x < 0.
  case log1mExp
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
  case floor, ceiling
  /// To the nearest integer, ties to even.
  case round
  case logGamma, digamma, trigamma
  case erf, erfc
  /// Standard normal distribution function Φ, its logarithm (accurate in both tails) and its inverse.
  case normalCDF, normalLogCDF, normalQuantile
  /// 1 - x for x in {0, 1}.
  case not
  case isNaN
  /// The operand itself, as a constant for derivatives.
  case detached
}

/// Elementwise functions of two operands.
package enum BinaryOp: String, Sendable, Hashable, CaseIterable {
  case add, subtract, multiply, divide, power
  case minimum, maximum
  /// log(exp(a) + exp(b)) without overflow.
  case logAddExp
  /// Angle of the point (x: second, y: first).
  case atan2
  /// Floor of the quotient, and what remains (with the divisor's sign); a zero divisor gives NaN.
  case integerDivide, modulo
  case equal, notEqual, less, lessOrEqual
  case and, or
  /// ψ⁽ⁿ⁾(x): (n, x) with n a constant natural number ≥ 2 (lower orders have their own primitives).
  case polygamma
  /// log B(a, b).
  case logBeta
  /// Regularised lower incomplete gamma P(a, x); differentiable in x only.
  case gammaP
  /// log(exp(-x) Iₙ(x)), the modified Bessel function of the first kind: (n, x) with n a constant natural number.
  case logBesselI
}

/// Reductions over axes.
///
/// An empty axis gives 0, 1, -inf, +inf.
package enum Reduction: String, Sendable, Hashable, CaseIterable {
  case sum, product, maximum, minimum
}

/// Primitive random numbers; other distributions are graphs over these.
package enum RandomKind: String, Sendable, Hashable, CaseIterable {
  /// On the open interval (0, 1).
  case uniform
  case normal
  /// (shape) with scale 1.
  case gamma
  /// (shape): logarithm of the above, exact for tiny shapes.
  case logGamma
  /// (rate).
  case poisson
  /// (count, probability).
  case binomial
}
