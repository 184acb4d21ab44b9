import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import TestSupport
import Testing

/// The derivative of every primitive against differences, in both modes.
@Suite struct OpGradientTests {
  /// A function of inputs of these shapes, at values spread about a centre.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let shapes: [Shape]
    var center = 0.0
    var spread = 1.0
    let body: @Sendable ([GraphValue]) -> GraphValue

    var testDescription: String { name }
  }

  static let domains: [UnaryOp: (center: Double, spread: Double)] = [
    .squareRoot: (3, 0.4), .log: (3, 0.4), .log1p: (3, 0.4), .log1mExp: (-2, 0.3),
    .asin: (0, 0.2), .acos: (0, 0.2), .acosh: (3, 0.3), .atanh: (0, 0.2), .reciprocal: (3, 0.4),
    .logGamma: (3, 0.4), .digamma: (3, 0.4), .trigamma: (3, 0.4), .normalQuantile: (0.5, 0.08),
    .tan: (0, 0.3), .absolute: (3, 0.4), .sign: (3, 0.4), .floor: (0.5, 0.05),
    .ceiling: (0.5, 0.05), .round: (0.2, 0.02),
  ]

  /// All but the one whose derivative is left out on purpose.
  static let unaryCases = UnaryOp.allCases.filter { $0 != .detached }.map { op in
    let domain = domains[op] ?? (0, 1)
    return Case(
      name: op.rawValue,
      shapes: [[2, 3]],
      center: domain.center,
      spread: domain.spread
    ) {
      $0[0].unary(op)
    }
  }

  static let binaryCases: [Case] = BinaryOp.allCases.flatMap { op -> [Case] in
    switch op {
    case .polygamma:
      return [
        Case(name: "polygamma", shapes: [[2, 3]], center: 3, spread: 0.4) {
          $0[0].polygamma(order: 2) + $0[0].polygamma(order: 4)
        }
      ]
    case .logBesselI:
      return [
        Case(name: "logBesselI", shapes: [[2, 3]], center: 3, spread: 0.4) {
          $0[0].logBesselI(order: 0) + $0[0].logBesselI(order: 1) + $0[0].logBesselI(order: 4)
        }
      ]
    case .gammaP:
      return [
        Case(name: "gammaP", shapes: [[2, 3]], center: 3, spread: 0.4) {
          $0[0].gammaP(shape: $0[0].scalar(2.5)) + $0[0].gammaP(shape: $0[0].scalar(1))
        }
      ]
    default:
      let shapes: [[Shape]] = [
        [[2, 3], [2, 3]], [[2, 1], [1, 3]], [[1, 1], [2, 3]], [[2, 3], [1, 3]], [[], [4]],
      ]
      return shapes.map { shapes in
        Case(name: "\(op) \(shapes)", shapes: shapes, center: 2, spread: 0.2) {
          // Quotients about 1.5, where the floor does not jump.
          op == .modulo || op == .integerDivide
            ? (0.25 * $0[0] + 5).binary(op, 0.25 * $0[1] + 3) : $0[0].binary(op, $0[1])
        }
      }
    }
  }

  static let structureCases = [
    Case(name: "power, exponent 0", shapes: [[3]]) { $0[0].pow(0) + $0[0] },
    Case(name: "power, exponent 3", shapes: [[3]]) { $0[0].pow(3) },
    Case(name: "power, exponent -2", shapes: [[3]], center: 3, spread: 0.3) { $0[0].pow(-2) },
    Case(name: "power, exponents 0 to 3", shapes: [[4]], center: 2, spread: 0.3) {
      $0[0].pow($0[0].builder.constant(Tensor(shape: [4], values: [0, 1, 2, 3])))
    },
    Case(name: "select", shapes: [[2, 1], [1, 3]]) {
      $0[0].isLess(than: 10).select($0[0], $0[1]) + $0[0].isLess(than: 0).select($0[1], $0[0])
    },
    Case(name: "betaP", shapes: [[2, 3]], center: 0.5, spread: 0.1) {
      let a = $0[0].builder.constant(Tensor(shape: [2, 1], values: [2.5, 1]))
      return $0[0].betaP(a, $0[0].scalar(0.7)) + $0[0].betaP($0[0].scalar(3), $0[0].scalar(1))
    },
    Case(name: "reshape", shapes: [[2, 3]]) { $0[0].reshape([3, 2]) },
    Case(name: "transpose", shapes: [[2, 3, 4]]) { $0[0].transpose([2, 0, 1]) },
    Case(name: "broadcast", shapes: [[2, 1]]) { $0[0].broadcast(to: [2, 3]) },
    Case(name: "slice", shapes: [[2, 5]]) { $0[0].slice(axis: 1, start: 1, count: 3) },
    Case(name: "overlapping slices", shapes: [[7]]) {
      let x = $0[0]
      return x.slice(axis: 0, start: 0, count: 4) * x.slice(axis: 0, start: 1, count: 4)
        + x.slice(axis: 0, start: 2, count: 4) * x.slice(axis: 0, start: 0, count: 4).exp()
    },
    Case(name: "slices of two axes", shapes: [[3, 4]]) {
      $0[0].slice(axis: 0, start: 0, count: 1).sum() * $0[0].slice(axis: 1, start: 1, count: 2)
        + $0[0].slice(axis: 1, start: 2, count: 2)
    },
    Case(name: "pad", shapes: [[2, 3]]) { $0[0].pad(axis: 1, before: 2, after: 1) },
    Case(name: "concatenate", shapes: [[2, 3], [2, 1]]) {
      .concatenate([$0[0], $0[1], $0[0]], axis: 1)
    },
    Case(name: "gather", shapes: [[4, 2]]) {
      $0[0].gather(
        $0[0].builder.constant(
          Tensor(shape: [2, 3], kind: .integer, values: [3, 0, 0, 1, 3, 3])
        )
      )
    },
    Case(name: "scatterAdd", shapes: [[5, 2]]) {
      $0[0].scatterAdd(
        $0[0].builder.constant(
          Tensor(shape: [5], kind: .integer, values: [3, 0, 0, 9, 1])
        ),
        rows: 4
      )
    },
    Case(name: "sum", shapes: [[2, 3, 2]]) { $0[0].sum(axes: [0, 2]) },
    Case(name: "product", shapes: [[2, 3, 5]]) { $0[0].product(axes: [0, 2]) },
    Case(name: "product of none", shapes: [[2, 3]]) { $0[0].product(axes: []) },
    Case(name: "product with zeros", shapes: [[5]]) {
      ($0[0] * $0[0].builder.constant(Tensor(shape: [5], values: [1, 0, 1, 1, 1])))
        .product(axes: [0])
    },
    Case(name: "maximum", shapes: [[2, 3, 4]]) { $0[0].max(axes: [1]) },
    Case(name: "maximum of two axes", shapes: [[2, 3, 4]]) { $0[0].max(axes: [0, 2]) },
    Case(name: "minimum", shapes: [[2, 3]]) { $0[0].min(axes: [0, 1]) },
    Case(name: "logSumExp", shapes: [[2, 3]]) { $0[0].logSumExp(axes: [1]) },
    Case(name: "cumulativeSum", shapes: [[2, 3]]) {
      $0[0].cumulativeSum(axis: 1) * $0[0].cumulativeSum(axis: 0, reversed: true)
    },
    Case(name: "sort", shapes: [[3, 4, 2]]) { $0[0].sort(axis: 1) },
    Case(name: "argsort", shapes: [[4]]) { $0[0].argsort(axis: 0) + $0[0] },
    Case(name: "cholesky", shapes: [[2, 3, 3]]) { positiveDefinite($0[0]).cholesky() },
    Case(name: "solve", shapes: [[2, 3, 3], [2, 3, 2]]) {
      positiveDefinite($0[0]).solve($0[1])
    },
    Case(name: "determinant", shapes: [[2, 3, 3]]) { $0[0].determinant(logarithm: false) },
    Case(name: "logDeterminant", shapes: [[2, 3, 3]]) {
      positiveDefinite($0[0]).determinant(logarithm: true)
    },
    Case(name: "symmetricEigen", shapes: [[2, 3, 3]], spread: 0.2) { inputs in
      let places = Tensor(shape: [1, 3], kind: .real, values: [0, 2, 5])
      return (inputs[0] + inputs[0].builder.constant(places).diagonalMatrix()).symmetricEigen()
    },
    Case(name: "cholesky of the lower triangle", shapes: [[3, 3]], spread: 0.1) {
      let size3 = $0[0].builder.constant(Tensor(shape: [3], values: [2, 3, 4])).diagonalMatrix()
      return ($0[0] + size3).cholesky()
    },
    Case(name: "diagonal", shapes: [[2, 3, 3]]) { $0[0].diagonal() },
    Case(name: "diagonalMatrix", shapes: [[2, 3]]) { $0[0].diagonalMatrix() },
    Case(name: "lowerTriangle", shapes: [[2, 3, 4]]) { $0[0].lowerTriangle() },
    Case(name: "strict lowerTriangle", shapes: [[3, 3]]) { $0[0].lowerTriangle(strict: true) },
    Case(name: "scan", shapes: [[4, 2], [1, 2], [2, 2]]) {
      loop($0[0], initial: $0[1], weights: $0[2], reversed: false)
    },
    Case(name: "reversed scan", shapes: [[4, 2], [1, 2], [2, 2]]) {
      loop($0[0], initial: $0[1], weights: $0[2], reversed: true)
    },
    Case(name: "scan of a scan's rows", shapes: [[3, 2], [1, 2], [2, 2]]) {
      let rows = loop($0[0], initial: $0[1], weights: $0[2], reversed: false)
      let part = rows.slice(axis: 1, start: 0, count: 2)
      return loop(part, initial: $0[1], weights: $0[2], reversed: true)
    },
    Case(name: "scan of vectors", shapes: [[2, 2], [5]]) { vectorLoop($0[0], $0[1]) },
    Case(name: "random", shapes: [[2]]) {
      $0[0] * $0[0].builder.random(.normal, shape: [2])
        + $0[0].builder.random(.gamma, shape: [2], parameters: [$0[0].scalar(2)])
    },
  ]

  static let batches: [(left: [Int], right: [Int])] = [([2], [2]), ([1], [2]), ([2], [1])]

  static let productCases: [Case] = (0..<4).flatMap { flags -> [Case] in
    let left = flags & 1 == 1
    let right = flags & 2 == 2
    return batches.map { batch -> Case in
      let leftShape = Shape(batch.left + (left ? [4, 2] : [2, 4]))
      let rightShape = Shape(batch.right + (right ? [3, 4] : [4, 3]))
      return Case(
        name: "matrixMultiply \(left) \(right) \(batch)",
        shapes: [leftShape, rightShape]
      ) {
        $0[0].matrixMultiply($0[1], transposeLeft: left, transposeRight: right)
      }
    }
  }

  static let solveCases: [Case] = [false, true].flatMap { transposed -> [Case] in
    batches.map { batch -> Case in
      Case(
        name: "triangularSolve \(transposed) \(batch)",
        shapes: [Shape(batch.left + [3, 3]), Shape(batch.right + [3, 2])]
      ) { inputs in
        let diagonal = inputs[0].builder.constant(Tensor(shape: [1, 3], values: [3, 4, 5]))
        let factor = inputs[0] * 0.3 + diagonal.diagonalMatrix()
        return factor.triangularSolve(inputs[1], transposed: transposed)
      }
    }
  }

  static let allCases = unaryCases + binaryCases + structureCases + productCases + solveCases

  @Test(arguments: allCases)
  func derivativesMatchDifferences(_ example: Case) throws {
    let builder = GraphBuilder()
    let inputs = example.shapes.map { builder.addInput(shape: $0) }
    let value = example.body(inputs)
    // Weights tell the elements apart; the square makes the adjoint depend on the values.
    let weights = builder.constant(
      Tensor(
        shape: value.shape,
        values: (0..<value.shape.count).map { 1 + 0.37 * Double($0 % 5) }
      )
    )
    let output = (weights * value + 0.1 * value.square()).sum()
    let graph = builder.build(outputs: [output])

    let point = normals(graph.inputCount, seed: 17).map {
      example.center + example.spread * max(-2, min(2, $0))
    }
    let expected = graph.differences(point)
    let derivative = try gradient(of: graph)
    try derivative.checkInvariants()
    let actual = derivative.values(point)
    #expect(actual[0] == graph.values(point)[0])
    #expect(discrepancy(Array(actual.dropFirst()), expected) < 2e-8)
    #expect(derivative.outputs.dropFirst().map { derivative[$0].shape } == graph.inputs)

    // Forward mode: the derivative in a direction is the product with the gradient.
    let direction = normals(point.count, seed: 23)
    let forward = try tangent(of: graph)
    try forward.checkInvariants()
    let slope = forward.values(point + direction)[1]
    let product = zip(actual.dropFirst(), direction).map { $0 * $1 }
    let scale = product.map(\.magnitude).reduce(1, +)
    #expect((slope - product.reduce(0, +)).magnitude < 1e-11 * scale)
  }
}

/// s(t) = tanh(W s(t ∓ 1) + x(t)), next to s(t) times the element of x before.
private func loop(
  _ x: GraphValue,
  initial: GraphValue,
  weights: GraphValue,
  reversed: Bool
) -> GraphValue {
  let builder = x.builder
  let placeholder = builder.addPlaceholder(shape: x.shape)
  let before = builder.addPlaceholder(shape: x.shape)
  let next = (placeholder.matrixMultiply(weights, transposeRight: true) + x).tanh()
  let result = builder.scan(
    length: x.shape[0],
    reversed: reversed,
    carried: [
      CarriedValue(placeholder: placeholder, axis: 0, initial: initial, next: next),
      CarriedValue(placeholder: before, axis: 0, initial: initial, next: x),
    ],
    outputs: [(next, 0), (next * before, 0)]
  )
  return .concatenate(result ?? [], axis: 1)
}

/// A Aᵀ + 2 I, so that the matrix stays positive definite and symmetric while A changes.
private func positiveDefinite(_ a: GraphValue) -> GraphValue {
  let identity = a.builder.constant(Tensor(shape: [a.shape[0], 3], repeating: 2))
  return a.matrixMultiply(a, transposeRight: true) + identity.diagonalMatrix()
}

/// x(t) = tanh(A x(t - 1) + y(t)) written with an axis for the sum, steps in the middle.
private func vectorLoop(_ weights: GraphValue, _ y: GraphValue) -> GraphValue {
  let builder = y.builder
  let length = y.shape[0]
  let placeholder = builder.addPlaceholder(shape: [length, 2])
  let before = placeholder.reshape([1, length, 1, 2]).transpose([0, 1, 3, 2])
    .reshape([1, length, 2])
  let products = weights.reshape([2, 1, 2]) * before
  let sum = products.sum(axes: [2]).reshape([2, length])
  let next = (sum + y.reshape([1, length])).tanh().transpose([1, 0])
  let initial = builder.constant(Tensor(shape: [1, 2], values: [0.5, 0.4]))
  let carried = CarriedValue(placeholder: placeholder, axis: 0, initial: initial, next: next)
  let outputs = [(value: next, axis: 0)]
  let result = builder.scan(length: length, reversed: false, carried: [carried], outputs: outputs)
  return result?[0] ?? y
}
