import PPLExecution
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import Testing

/// Elementwise functions in machine code, over their range and at special values.
@Suite(.enabled(if: NativeProgram.isAvailable, "LLVM's library is not installed"))
struct ElementwiseTests {
  /// Both signs, all magnitudes, integers, bounds of domains, and what is not a number.
  static let arguments: [Double] =
    [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      -.leastNonzeroMagnitude, 0x1p-1022, 0x1.8p-1030, 1, -1, 0.5, -0.5, 2,
      -2, 1.5, -1.5, 709.7, 709.8, 710.5, 745, -708.3, -708.5, -744, -745.1, -746, 1e308, -1e308,
      0.693147, -0.693147, 1e-17, -1e-17, 1e17, -1e17, 36.9, -36.9, -37.1, -40, 8, 9.99, 10,
      3.0000000001,
    ] + numbers(400) { 0.05 * Double($0) - 10 + 1e-3 }
    + numbers(120) { pow10($0 - 60) } + numbers(40) { -pow10($0 - 20) }

  private static func pow10(_ exponent: Int) -> Double {
    Double("1.37e\(exponent)") ?? 1
  }

  /// Relative error that counts against 1: kernels of the gamma family are accurate absolutely near their zeros.
  private static func allowed(_ op: UnaryOp) -> Double {
    switch op {
    case .logGamma, .digamma, .trigamma: 2e-14
    // The correction for rounding in the tail is the reference's; erfc itself has up to 4 ulp.
    case .normalCDF, .normalLogCDF, .log1mExp: 2e-14
    default: 2e-15
    }
  }

  @Test(arguments: UnaryOp.allCases)
  func functionsOfOneOperand(op: UnaryOp) throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [Self.arguments.count])
    // Vectors, and the same through scalar code for some.
    let scalars = (0..<60).map {
      x.slice(axis: 0, start: $0, count: 1).reshape([]).unary(op)
    }
    let graph = builder.build(outputs: [x.unary(op)] + scalars)
    let (actual, expected) = (
      try graph.nativeValues(Self.arguments), graph.referenceValues(Self.arguments)
    )
    let arguments = Self.arguments + Self.arguments.prefix(60)
    for (x, (actual, expected)) in zip(arguments, zip(actual, expected)) {
      if actual == expected || (actual.isNaN && expected.isNaN) { continue }
      // Below the normal numbers digits are lost one by one.
      let difference = (actual - expected).magnitude - 3e-308
      #expect(
        difference <= Self.allowed(op) * expected.magnitude
          || isNearZeroOfGamma(op, expected, difference),
        "\(op)(\(x)) = \(actual), not \(expected)"
      )
    }
  }

  private func isNearZeroOfGamma(
    _ op: UnaryOp,
    _ expected: Double,
    _ difference: Double
  ) -> Bool {
    switch op {
    case .logGamma, .digamma: expected.magnitude < 10 && difference < 1e-14
    default: false
    }
  }

  /// The scalar forms branch and look up tables: many points, at most 2 units in the last place off.
  @Test(arguments: [UnaryOp.exp, .log, .log1p])
  func scalarsOfManyMagnitudes(op: UnaryOp) throws {
    var points: [Double] = []
    for step in 0..<600 {
      let fraction = Double(step) / 600
      switch op {
      case .exp: points += [1480 * fraction - 760, 2 * fraction - 1, 0.02 * fraction - 0.01]
      case .log:
        points += [0.6 + fraction, 1 + 0.02 * (fraction - 0.5), Self.pow10(step - 300)]
      default:
        points += [2 * fraction - 0.999, 0.02 * (fraction - 0.5), Self.pow10(step / 2 - 300)]
      }
    }
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [])
    let graph = builder.build(outputs: [x.unary(op)])
    let executor = NativeExecutor(try NativeProgram(graph))
    for point in points {
      let key = RandomKey(seed: 0)
      let actual = executor.run(inputs: [point], outputCount: 1, key: key)[0]
      let expected = graph.referenceValues([point])[0]
      if actual == expected { continue }
      let allowed = max(2 * expected.ulp, 0x1p-1072)
      #expect(
        (actual - expected).magnitude <= allowed,
        "\(op)(\(point)) = \(actual), not \(expected)"
      )
    }
  }

  @Test(arguments: BinaryOp.allCases)
  func functionsOfTwoOperands(op: BinaryOp) throws {
    let sample: [Double] = [
      0, -0.0, 1, -1, 0.5, 2, 3, -2.5, 7, 40, 1e-5, 1e5, .infinity, -.infinity, .nan, 0x1p-1030,
      1e300,
    ]
    let left = sample.flatMap { x in sample.map { _ in x } }
    let right = sample.flatMap { _ in sample }
    let builder = GraphBuilder()
    let a = builder.addInput(shape: [left.count])
    let b = builder.addInput(shape: [left.count])
    let n =
      op == .polygamma || op == .logBesselI
      ? builder.constant(Tensor(shape: [1], kind: .integer, values: [2])) : a
    let graph = builder.build(outputs: [n.binary(op, b)])
    let point = left + right
    let (actual, expected) = (try graph.nativeValues(point), graph.referenceValues(point))
    for (index, (actual, expected)) in zip(actual, expected).enumerated() {
      if actual == expected || (actual.isNaN && expected.isNaN) { continue }
      #expect(
        (actual - expected).magnitude <= 2e-15 * expected.magnitude + 3e-308,
        "\(op)(\(left[index]), \(right[index])) = \(actual), not \(expected)"
      )
    }
  }
}
