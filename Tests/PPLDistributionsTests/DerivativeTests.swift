import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

@Suite struct DerivativeTests {
  /// In the value and in every parameter that is not a count; matrices are left out, as moving one element leaves
  /// their domain (the tests of transforms differentiate them).
  @Test(arguments: DensityRow.all.filter { !$0.isAtEdge })
  func gradientMatchesCentralDifferences(_ row: DensityRow) throws {
    let distribution = try family(row.name)
    let parameters = distribution.signature.parameterisations[row.form]
    let tensors = [row.x] + row.parameters
    let limits = [row.valueLimits(distribution.signature.support)] + parameters.map(\.limits)
    let selection = tensors.indices.filter { position in
      guard let limits = limits[position], row.name != "DiscreteUniform" else { return false }
      return tensors[position].values.allSatisfy {
        $0 > limits.lowerBound && $0 < limits.upperBound
      }
    }
    if selection.isEmpty { return }

    let function: (GraphBuilder, [GraphValue]) -> GraphValue = { _, values in
      distribution.totalLogDensity(of: values[0], form: row.form, Array(values.dropFirst()))
    }
    let (_, gradient) = try evaluateGradient(tensors, withRespectTo: selection, function)
    let differences = selection.flatMap { position in
      centralDifferences(
        tensors[position].values,
        within: limits[position] ?? 0...0
      ) { values in
        var moved = tensors
        moved[position] = Tensor(shape: tensors[position].shape, values: values)
        return evaluate(moved) { [function($0, $1)] }[0].values[0]
      }
    }
    // Differences lose half of the digits of the density itself.
    let scale = max(1, abs(row.logDensity))
    for (exact, difference) in zip(gradient, differences) {
      #expect(abs(exact - difference) <= 2e-6 * max(scale, abs(exact)))
    }
  }

  /// At parameters on the edge of their domain that the data agree with.
  @Test func gradientsStayFiniteAtCertainOutcomes() throws {
    let rows: [(String, Int, [Double], [LiteralTensor], [Int])] = [
      ("Bernoulli", 0, [1, 1], [1], [1]),
      ("Bernoulli", 0, [0, 0], [0], [1]),
      ("Bernoulli", 1, [1, 1], [800], [1]),
      ("Binomial", 0, [3, 3], [3, 1], [2]),
      ("Binomial", 0, [0, 0], [3, 0], [2]),
      ("Poisson", 0, [0, 0], [0], [1]),
      ("NegativeBinomial", 0, [0, 0], [0, 2], [1, 2]),
      ("NegativeBinomial", 3, [0, 0], [2, 1], [1, 2]),
      ("Geometric", 0, [0, 0], [1], [1]),
      ("Categorical", 0, [1, 1], [[0, 1]], [1]),
    ]
    for (name, form, data, parameters, selection) in rows {
      let distribution = try family(name)
      let tensors = parameters.map { literal in
        Tensor(shape: Shape([1] + literal.tensor.shape.sizes), values: literal.tensor.values)
      }
      let x = Tensor(shape: [data.count], values: data)
      let (value, gradient) = try evaluateGradient([x] + tensors, withRespectTo: selection) {
        _,
        values in
        distribution.totalLogDensity(of: values[0], form: form, Array(values.dropFirst()))
      }
      #expect(abs(value) < 1e-12, "\(name) \(form)")
      #expect(gradient.allSatisfy { $0.isFinite }, "\(name) \(form): \(gradient)")
    }
  }
}

extension ParameterSignature {
  /// What the parameter stays within; nil if it cannot be moved a little.
  fileprivate var limits: ClosedRange<Double>? {
    switch domain {
    case .count, .simplex, .covariance, .correlation, .choleskyFactor, .adjacency: nil
    case .real, .ordered: -.infinity ... .infinity
    case .positive, .nonNegative: 0 ... .infinity
    case .probability: 0...1
    }
  }
}

extension DensityRow {
  /// What a value stays within; nil if it cannot be moved a little.
  fileprivate func valueLimits(_ support: Support) -> ClosedRange<Double>? {
    func number(_ bound: SupportBound, or infinite: Double) -> Double {
      switch bound {
      case .none: infinite
      case .value(let value): value
      case .parameter(let position): parameters[position].values[0]
      }
    }
    return switch support {
    case .interval(let lower, let upper):
      number(lower, or: -.infinity)...number(upper, or: .infinity)
    case .realVector: -.infinity ... .infinity
    case .integers, .categories, .naturalVector, .vector, .matrix, .declared: nil
    }
  }

  /// Whether the density jumps or has a pole in a parameter, as the value is at the edge of the support.
  fileprivate var isAtEdge: Bool {
    switch name {
    case "Uniform": x.values == parameters[0].values || x.values == parameters[1].values
    case "Gamma", "Weibull", "Dirichlet": x.values.contains(0)
    case "Triangular": Set(parameters.flatMap(\.values) + x.values).count < 4
    case "Beta": x.values == [0] || x.values == [1]
    default: false
    }
  }
}
